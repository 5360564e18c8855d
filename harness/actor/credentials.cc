#include "harness/actor/credentials.h"

#include <charconv>

namespace doublecheck::harness {
namespace {

constexpr std::uint8_t kCurve25519Type = 0x05;
constexpr noise::AppVersion kVersion = {
    .primary = 2, .secondary = 3000, .tertiary = 1, .quaternary = {}, .quinary = {}};

// Fields that both kinds of payload have.
noise::ClientPayload common_payload() {
  noise::ClientPayload payload;
  payload.user_agent = noise::UserAgent{};
  payload.user_agent->platform = noise::Platform::kWeb;
  payload.user_agent->app_version = kVersion;
  payload.user_agent->mobile_country_code = "000";
  payload.user_agent->mobile_network_code = "000";
  payload.user_agent->os_version = "0.1";
  payload.user_agent->device = "Desktop";
  payload.user_agent->os_build_number = "0.1";
  payload.user_agent->release_channel = noise::ReleaseChannel::kRelease;
  payload.user_agent->language = "en";
  payload.user_agent->country = "US";
  payload.web_info = noise::WebInfo{.sub_platform = noise::WebSubPlatform::kWebBrowser};
  payload.connect_type = noise::ConnectType::kWifiUnknown;
  payload.connect_reason = noise::ConnectReason::kUserActivated;
  return payload;
}

}  // namespace

Credentials Credentials::generate(std::string push_name, RandomSource& random) {
  Credentials credentials;
  credentials.push_name = std::move(push_name);
  credentials.noise_key = KeyPair::generate(random);
  credentials.identity = KeyPair::generate(random);
  credentials.registration_id = 1 + static_cast<std::uint32_t>(random.below(16380));
  credentials.signed_prekey = KeyPair::generate(random);
  const std::uint8_t type[] = {kCurve25519Type};
  credentials.signed_prekey_signature =
      xeddsa_sign(credentials.identity.private_key,
                  concat({type, credentials.signed_prekey.public_key}), random);
  random.fill(credentials.adv_secret);
  return credentials;
}

noise::ClientPayload Credentials::registration_payload(RandomSource& random) const {
  noise::ClientPayload payload = common_payload();
  payload.passive = false;
  payload.pull = false;
  payload.push_name = push_name;
  payload.device_pairing_data =
      noise::make_device_pairing_data({.registration_id = registration_id,
                                       .identity = identity,
                                       .signed_prekey_id = signed_prekey_id,
                                       .signed_prekey = signed_prekey},
                                      kVersion, {}, random);
  return payload;
}

noise::ClientPayload Credentials::login_payload() const {
  noise::ClientPayload payload = common_payload();
  payload.passive = true;
  payload.pull = true;
  if (paired) {
    const std::string_view digits = paired->jid.user;
    std::uint64_t username = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), username);
    payload.username = username;
    payload.device = paired->jid.device;
  }
  return payload;
}

}  // namespace doublecheck::harness
