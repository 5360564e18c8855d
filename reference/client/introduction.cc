#include "reference/client/introduction.h"

#include <charconv>

#include "spec/noise/device_props.h"

namespace doublecheck::client {
namespace {

noise::ClientPayload common(const Config& config) {
  noise::ClientPayload payload;
  payload.user_agent = noise::UserAgent{.platform = noise::Platform::kWeb,
                                        .app_version = config.app_version,
                                        .mobile_country_code = "000",
                                        .mobile_network_code = "000",
                                        .os_version = "0.1",
                                        .manufacturer = "",
                                        .device = "Desktop",
                                        .os_build_number = "0.1",
                                        .release_channel = noise::ReleaseChannel::kRelease,
                                        .language = "en",
                                        .country = "US"};
  payload.web_info = noise::WebInfo{.sub_platform = noise::WebSubPlatform::kWebBrowser};
  payload.connect_type = noise::ConnectType::kWifiUnknown;
  payload.connect_reason = noise::ConnectReason::kUserActivated;
  return payload;
}

noise::DeviceProps device_props() {
  return {.os = "Doublecheck",
          .version =
              noise::AppVersion{
                  .primary = 0, .secondary = 1, .tertiary = 0, .quaternary = {}, .quinary = {}},
          .platform = noise::CompanionPlatform::kChrome,
          .require_full_sync = false,
          .history_sync_config = noise::HistorySyncConfig{.full_sync_days_limit = {},
                                                          .full_sync_size_megabytes_limit = {},
                                                          .storage_quota_megabytes = {},
                                                          .inline_initial_payload = true,
                                                          .recent_sync_days_limit = {},
                                                          .on_demand_ready = {}}};
}

}  // namespace

noise::ClientPayload registration_payload(const Config& config, const Credentials& credentials,
                                          RandomSource& random) {
  noise::ClientPayload payload = common(config);
  payload.passive = false;
  payload.pull = false;
  if (!config.push_name.empty()) payload.push_name = config.push_name;
  const signal::SignedPrekey& signed_prekey = credentials.keys.signed_prekey();
  payload.device_pairing_data = noise::make_device_pairing_data(
      {.registration_id = credentials.keys.local.registration_id,
       .identity = credentials.keys.local.identity_key,
       .signed_prekey_id = signed_prekey.id,
       .signed_prekey = signed_prekey.key},
      config.app_version, noise::encode_device_props(device_props()), random);
  return payload;
}

noise::ClientPayload login_payload(const Config& config, const Account& account, bool again) {
  noise::ClientPayload payload = common(config);
  const std::string_view digits = account.jid.user;
  std::uint64_t username = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), username);
  payload.username = username;
  payload.device = account.jid.device;
  payload.passive = true;
  payload.pull = true;
  payload.lid_db_migrated = true;
  if (again) payload.connect_reason = noise::ConnectReason::kErrorReconnect;
  return payload;
}

}  // namespace doublecheck::client
