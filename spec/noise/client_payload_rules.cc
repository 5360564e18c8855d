#include <algorithm>
#include <array>
#include <string_view>

#include "spec/base/reader.h"
#include "spec/base/writer.h"
#include "spec/noise/client_payload.h"
#include "spec/noise/key_agreement.h"

// What is demanded of a ClientPayload, and how a device makes one that meets it.
namespace doublecheck::noise {
namespace {

// The type byte of Curve25519 keys, which signatures of prekeys cover.
constexpr std::uint8_t kKeyType = 5;

Bytes signed_prekey_message(ByteView prekey) { return concat({std::array{kKeyType}, prekey}); }

bool is_complete(const DevicePairingData& data) {
  return data.registration_id && data.key_type && data.identity_key && data.signed_prekey_id &&
         data.signed_prekey && data.signed_prekey_signature && data.build_hash && data.device_props;
}

bool has_size(const std::optional<Bytes>& field, std::size_t size) {
  return field && field->size() == size;
}

bool is_well_formed(const DevicePairingData& data) {
  return has_size(data.registration_id, 4) && has_size(data.signed_prekey_id, 3) &&
         data.key_type == Bytes{kKeyType} && has_size(data.identity_key, 32) &&
         has_size(data.signed_prekey, 32);
}

}  // namespace

std::string version_text(const AppVersion& version) {
  return std::to_string(version.primary.value_or(0)) + '.' +
         std::to_string(version.secondary.value_or(0)) + '.' +
         std::to_string(version.tertiary.value_or(0));
}

Bytes build_hash(const AppVersion& version) {
  return to_bytes(md5(as_bytes(version_text(version))));
}

DevicePairingData make_device_pairing_data(const RegistrationKeys& keys, const AppVersion& version,
                                           Bytes device_props, RandomSource& random) {
  Writer registration_id;
  registration_id.u32(keys.registration_id);
  Writer signed_prekey_id;
  signed_prekey_id.u24(keys.signed_prekey_id);
  const Signature signature = xeddsa_sign(
      keys.identity.private_key, signed_prekey_message(keys.signed_prekey.public_key), random);
  return {.registration_id = registration_id.take(),
          .key_type = Bytes{kKeyType},
          .identity_key = to_bytes(keys.identity.public_key),
          .signed_prekey_id = signed_prekey_id.take(),
          .signed_prekey = to_bytes(keys.signed_prekey.public_key),
          .signed_prekey_signature = to_bytes(signature),
          .build_hash = build_hash(version),
          .device_props = std::move(device_props)};
}

Result<Registration> validate_registration(const ClientPayload& payload, const Guard& guard) {
  constexpr std::string_view kWhat = "registration";
  const DevicePairingData data = payload.device_pairing_data.value_or(DevicePairingData{});
  if (!guard.holds(Rule::PAYLOAD_01, is_complete(data) && !payload.username)) {
    return fail(kWhat, "a field of the pairing data is missing, or there is a username");
  }
  if (!guard.holds(Rule::PAYLOAD_03, is_well_formed(data))) {
    return fail(kWhat, "an id, the key type or a key of the pairing data is not of its form");
  }
  const PublicKey identity = fit_key(data.identity_key.value_or(Bytes{}));
  const PublicKey prekey = fit_key(data.signed_prekey.value_or(Bytes{}));
  const Bytes signature = data.signed_prekey_signature.value_or(Bytes{});
  if (!guard.holds(Rule::PAYLOAD_04,
                   xeddsa_verify(identity, signed_prekey_message(prekey), signature))) {
    return fail(kWhat, "the signed prekey is not signed by the identity key");
  }
  const AppVersion version =
      payload.user_agent.value_or(UserAgent{}).app_version.value_or(AppVersion{});
  if (!guard.holds(Rule::PAYLOAD_06, data.build_hash == build_hash(version))) {
    return fail(kWhat, "the build hash is not that of the app version");
  }
  if (!guard.holds(Rule::PAYLOAD_07,
                   !payload.passive.value_or(false) && !payload.pull.value_or(false))) {
    return fail(kWhat, "passive or pull is set");
  }

  Registration registration;
  registration.registration_id = Reader(data.registration_id.value_or(Bytes{})).u32().value_or(0);
  registration.identity_key = identity;
  registration.signed_prekey_id = Reader(data.signed_prekey_id.value_or(Bytes{})).u24().value_or(0);
  registration.signed_prekey = prekey;
  std::copy_n(signature.begin(),
              std::min(signature.size(), registration.signed_prekey_signature.size()),
              registration.signed_prekey_signature.begin());
  registration.device_props = data.device_props.value_or(Bytes{});
  return registration;
}

Result<Login> validate_login(const ClientPayload& payload, const Guard& guard) {
  constexpr std::string_view kWhat = "login";
  if (!guard.holds(Rule::PAYLOAD_02, payload.is_login())) {
    return fail(kWhat, "username or device is missing, or there is pairing data");
  }
  const Login login{.username = payload.username.value_or(0), .device = payload.device.value_or(0)};
  if (!guard.holds(Rule::PAYLOAD_07, login.device == 0 || payload.passive.value_or(false))) {
    return fail(kWhat, "a companion that is not passive");
  }
  return login;
}

}  // namespace doublecheck::noise
