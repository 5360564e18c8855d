#include "spec/noise/device_props.h"

#include "spec/noise/app_version_proto.h"
#include "spec/proto/access.h"
#include "spec/proto/client_payload.pb.h"

namespace doublecheck::noise {
namespace {

using proto::get;
using proto::set;

void encode(const HistorySyncConfig& config, proto::HistorySyncConfig& message) {
  using M = proto::HistorySyncConfig;
  set(message, &M::set_full_sync_days_limit, config.full_sync_days_limit);
  set(message, &M::set_full_sync_size_mb_limit, config.full_sync_size_megabytes_limit);
  set(message, &M::set_storage_quota_mb, config.storage_quota_megabytes);
  set(message, &M::set_inline_initial_payload_in_e2ee_msg, config.inline_initial_payload);
  set(message, &M::set_recent_sync_days_limit, config.recent_sync_days_limit);
  set(message, &M::set_on_demand_ready, config.on_demand_ready);
}

HistorySyncConfig decode(const proto::HistorySyncConfig& message) {
  using M = proto::HistorySyncConfig;
  HistorySyncConfig config;
  config.full_sync_days_limit =
      get<std::uint32_t>(message, &M::has_full_sync_days_limit, &M::full_sync_days_limit);
  config.full_sync_size_megabytes_limit =
      get<std::uint32_t>(message, &M::has_full_sync_size_mb_limit, &M::full_sync_size_mb_limit);
  config.storage_quota_megabytes =
      get<std::uint32_t>(message, &M::has_storage_quota_mb, &M::storage_quota_mb);
  config.inline_initial_payload = get<bool>(message, &M::has_inline_initial_payload_in_e2ee_msg,
                                            &M::inline_initial_payload_in_e2ee_msg);
  config.recent_sync_days_limit =
      get<std::uint32_t>(message, &M::has_recent_sync_days_limit, &M::recent_sync_days_limit);
  config.on_demand_ready = get<bool>(message, &M::has_on_demand_ready, &M::on_demand_ready);
  return config;
}

}  // namespace

Bytes encode_device_props(const DeviceProps& props) {
  using M = proto::DeviceProps;
  M message;
  set(message, &M::mutable_os, props.os);
  if (props.version) to_proto(*props.version, *message.mutable_version());
  set(message, &M::set_platform_type, props.platform);
  set(message, &M::set_require_full_sync, props.require_full_sync);
  if (props.history_sync_config)
    encode(*props.history_sync_config, *message.mutable_history_sync_config());
  return proto::serialize(message);
}

Result<DeviceProps> decode_device_props(ByteView bytes) {
  using M = proto::DeviceProps;
  if (bytes.size() > kMaxClientPayload) return fail("device props", "too large");
  M message;
  if (!proto::parse(bytes, message)) {
    return fail("device props", "not a protobuf message of this kind");
  }
  DeviceProps props;
  props.os = get<std::string>(message, &M::has_os, &M::os);
  if (message.has_version()) props.version = from_proto(message.version());
  props.platform = get<CompanionPlatform>(message, &M::has_platform_type, &M::platform_type);
  props.require_full_sync = get<bool>(message, &M::has_require_full_sync, &M::require_full_sync);
  if (message.has_history_sync_config()) {
    props.history_sync_config = decode(message.history_sync_config());
  }
  return props;
}

}  // namespace doublecheck::noise
