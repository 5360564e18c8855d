#include "spec/noise/client_payload.h"

#include "spec/noise/app_version_proto.h"
#include "spec/proto/access.h"

namespace doublecheck::noise {
namespace {

using proto::get;
using proto::set;

using Pairing = proto::DevicePairingRegistrationData;

void encode(const UserAgent& agent, proto::UserAgent& message) {
  set(message, &proto::UserAgent::set_platform, agent.platform);
  if (agent.app_version) to_proto(*agent.app_version, *message.mutable_app_version());
  set(message, &proto::UserAgent::mutable_mcc, agent.mobile_country_code);
  set(message, &proto::UserAgent::mutable_mnc, agent.mobile_network_code);
  set(message, &proto::UserAgent::mutable_os_version, agent.os_version);
  set(message, &proto::UserAgent::mutable_manufacturer, agent.manufacturer);
  set(message, &proto::UserAgent::mutable_device, agent.device);
  set(message, &proto::UserAgent::mutable_os_build_number, agent.os_build_number);
  set(message, &proto::UserAgent::set_release_channel, agent.release_channel);
  set(message, &proto::UserAgent::mutable_locale_language_iso6391, agent.language);
  set(message, &proto::UserAgent::mutable_locale_country_iso31661_alpha2, agent.country);
}

UserAgent decode(const proto::UserAgent& message) {
  using M = proto::UserAgent;
  UserAgent agent;
  agent.platform = get<Platform>(message, &M::has_platform, &M::platform);
  if (message.has_app_version()) agent.app_version = from_proto(message.app_version());
  agent.mobile_country_code = get<std::string>(message, &M::has_mcc, &M::mcc);
  agent.mobile_network_code = get<std::string>(message, &M::has_mnc, &M::mnc);
  agent.os_version = get<std::string>(message, &M::has_os_version, &M::os_version);
  agent.manufacturer = get<std::string>(message, &M::has_manufacturer, &M::manufacturer);
  agent.device = get<std::string>(message, &M::has_device, &M::device);
  agent.os_build_number = get<std::string>(message, &M::has_os_build_number, &M::os_build_number);
  agent.release_channel =
      get<ReleaseChannel>(message, &M::has_release_channel, &M::release_channel);
  agent.language =
      get<std::string>(message, &M::has_locale_language_iso6391, &M::locale_language_iso6391);
  agent.country = get<std::string>(message, &M::has_locale_country_iso31661_alpha2,
                                   &M::locale_country_iso31661_alpha2);
  return agent;
}

void encode(const DevicePairingData& data, Pairing& message) {
  set(message, &Pairing::mutable_e_regid, data.registration_id);
  set(message, &Pairing::mutable_e_keytype, data.key_type);
  set(message, &Pairing::mutable_e_ident, data.identity_key);
  set(message, &Pairing::mutable_e_skey_id, data.signed_prekey_id);
  set(message, &Pairing::mutable_e_skey_val, data.signed_prekey);
  set(message, &Pairing::mutable_e_skey_sig, data.signed_prekey_signature);
  set(message, &Pairing::mutable_build_hash, data.build_hash);
  set(message, &Pairing::mutable_device_props, data.device_props);
}

DevicePairingData decode(const Pairing& message) {
  DevicePairingData data;
  data.registration_id = get<Bytes>(message, &Pairing::has_e_regid, &Pairing::e_regid);
  data.key_type = get<Bytes>(message, &Pairing::has_e_keytype, &Pairing::e_keytype);
  data.identity_key = get<Bytes>(message, &Pairing::has_e_ident, &Pairing::e_ident);
  data.signed_prekey_id = get<Bytes>(message, &Pairing::has_e_skey_id, &Pairing::e_skey_id);
  data.signed_prekey = get<Bytes>(message, &Pairing::has_e_skey_val, &Pairing::e_skey_val);
  data.signed_prekey_signature =
      get<Bytes>(message, &Pairing::has_e_skey_sig, &Pairing::e_skey_sig);
  data.build_hash = get<Bytes>(message, &Pairing::has_build_hash, &Pairing::build_hash);
  data.device_props = get<Bytes>(message, &Pairing::has_device_props, &Pairing::device_props);
  return data;
}

}  // namespace

Bytes encode_client_payload(const ClientPayload& payload) {
  using M = proto::ClientPayload;
  M message;
  set(message, &M::set_username, payload.username);
  set(message, &M::set_passive, payload.passive);
  if (payload.user_agent) encode(*payload.user_agent, *message.mutable_user_agent());
  if (payload.web_info) {
    set(*message.mutable_web_info(), &proto::WebInfo::set_web_sub_platform,
        payload.web_info->sub_platform);
  }
  set(message, &M::mutable_push_name, payload.push_name);
  set(message, &M::set_session_id, payload.session_id);
  set(message, &M::set_short_connect, payload.short_connect);
  set(message, &M::set_connect_type, payload.connect_type);
  set(message, &M::set_connect_reason, payload.connect_reason);
  set(message, &M::set_connect_attempt_count, payload.connect_attempt_count);
  set(message, &M::set_device, payload.device);
  if (payload.device_pairing_data) {
    encode(*payload.device_pairing_data, *message.mutable_device_pairing_data());
  }
  set(message, &M::set_oc, payload.oc);
  set(message, &M::set_lc, payload.lc);
  set(message, &M::set_pull, payload.pull);
  set(message, &M::set_lid_db_migrated, payload.lid_db_migrated);
  return proto::serialize(message);
}

Result<ClientPayload> decode_client_payload(ByteView bytes, const Guard& guard) {
  using M = proto::ClientPayload;
  if (bytes.size() > kMaxClientPayload) return fail("client payload", "too large");
  M message;
  if (!proto::parse(bytes, message)) {
    return fail("client payload", "not a protobuf message of this kind");
  }
  if (!message.unknown_fields().empty() && !guard.holds(Rule::PAYLOAD_11, true)) {
    return fail("client payload", "an unknown field");
  }
  ClientPayload payload;
  payload.username = get<std::uint64_t>(message, &M::has_username, &M::username);
  payload.passive = get<bool>(message, &M::has_passive, &M::passive);
  if (message.has_user_agent()) payload.user_agent = decode(message.user_agent());
  if (message.has_web_info()) {
    payload.web_info =
        WebInfo{get<WebSubPlatform>(message.web_info(), &proto::WebInfo::has_web_sub_platform,
                                    &proto::WebInfo::web_sub_platform)};
  }
  payload.push_name = get<std::string>(message, &M::has_push_name, &M::push_name);
  payload.session_id = get<std::int32_t>(message, &M::has_session_id, &M::session_id);
  payload.short_connect = get<bool>(message, &M::has_short_connect, &M::short_connect);
  payload.connect_type = get<ConnectType>(message, &M::has_connect_type, &M::connect_type);
  payload.connect_reason = get<ConnectReason>(message, &M::has_connect_reason, &M::connect_reason);
  payload.connect_attempt_count =
      get<std::uint32_t>(message, &M::has_connect_attempt_count, &M::connect_attempt_count);
  payload.device = get<std::uint32_t>(message, &M::has_device, &M::device);
  if (message.has_device_pairing_data()) {
    payload.device_pairing_data = decode(message.device_pairing_data());
  }
  payload.oc = get<bool>(message, &M::has_oc, &M::oc);
  payload.lc = get<std::int32_t>(message, &M::has_lc, &M::lc);
  payload.pull = get<bool>(message, &M::has_pull, &M::pull);
  payload.lid_db_migrated = get<bool>(message, &M::has_lid_db_migrated, &M::lid_db_migrated);
  return payload;
}

}  // namespace doublecheck::noise
