#include "spec/pairing/device_identity.h"

#include <array>

#include "spec/proto/access.h"
#include "spec/proto/adv.pb.h"

namespace doublecheck::pairing {
namespace {

using proto::get;
using proto::set;

using Prefix = std::array<std::uint8_t, 2>;
constexpr Prefix kAccountPrefix = {6, 0};
constexpr Prefix kDevicePrefix = {6, 1};
constexpr Prefix kHostedAccountPrefix = {6, 5};
constexpr Prefix kHostedDevicePrefix = {6, 6};

// Two fields say whether an account is hosted. This one is covered by the account signature.
bool is_hosted(const DeviceIdentity& identity) {
  return identity.device_type == AccountType::kHosted;
}

bool has_valid_account_signature(const SignedDeviceIdentity& identity, bool hosted,
                                 const PublicKey& account_key,
                                 const PublicKey& companion_identity) {
  return xeddsa_verify(account_key,
                       account_signature_message(hosted, identity.details, companion_identity),
                       identity.account_signature.value_or(Bytes{}));
}

// The prefix that the device signature verifies with, if any is permitted that does.
std::optional<DeviceSignaturePrefix> device_signature_prefix(const SignedDeviceIdentity& identity,
                                                             bool hosted,
                                                             const PublicKey& account_key,
                                                             const PublicKey& companion_identity) {
  const Bytes signature = identity.device_signature.value_or(Bytes{});
  const auto verifies = [&](bool hosted_prefix) {
    return xeddsa_verify(
        companion_identity,
        device_signature_message(hosted_prefix, identity.details, companion_identity, account_key),
        signature);
  };
  if (verifies(false)) return DeviceSignaturePrefix::kE2ee;
  if (hosted && verifies(true)) return DeviceSignaturePrefix::kHosted;
  return std::nullopt;
}

}  // namespace

Bytes encode_device_identity(const DeviceIdentity& identity) {
  proto::AdvDeviceIdentity message;
  message.set_raw_id(identity.raw_id);
  message.set_timestamp(identity.timestamp);
  message.set_key_index(identity.key_index);
  message.set_account_type(static_cast<std::int32_t>(identity.account_type));
  message.set_device_type(static_cast<std::int32_t>(identity.device_type));
  return proto::serialize(message);
}

Result<DeviceIdentity> decode_device_identity(ByteView bytes) {
  proto::AdvDeviceIdentity message;
  if (bytes.size() > kMaxAdvStructure) return fail("device identity", "too large");
  if (!proto::parse(bytes, message)) {
    return fail("device identity", "not a protobuf message of this kind");
  }
  return DeviceIdentity{.raw_id = message.raw_id(),
                        .timestamp = message.timestamp(),
                        .key_index = message.key_index(),
                        .account_type = static_cast<AccountType>(message.account_type()),
                        .device_type = static_cast<AccountType>(message.device_type())};
}

Bytes encode_signed_device_identity(const SignedDeviceIdentity& identity) {
  using M = proto::AdvSignedDeviceIdentity;
  M message;
  message.mutable_details()->assign(as_text(identity.details));
  set(message, &M::mutable_account_signature_key, identity.account_signature_key);
  set(message, &M::mutable_account_signature, identity.account_signature);
  set(message, &M::mutable_device_signature, identity.device_signature);
  return proto::serialize(message);
}

Result<SignedDeviceIdentity> decode_signed_device_identity(ByteView bytes) {
  using M = proto::AdvSignedDeviceIdentity;
  M message;
  if (bytes.size() > kMaxAdvStructure) return fail("signed device identity", "too large");
  if (!proto::parse(bytes, message)) {
    return fail("signed device identity", "not a protobuf message of this kind");
  }
  return SignedDeviceIdentity{
      .details = to_bytes(message.details()),
      .account_signature_key =
          get<Bytes>(message, &M::has_account_signature_key, &M::account_signature_key),
      .account_signature = get<Bytes>(message, &M::has_account_signature, &M::account_signature),
      .device_signature = get<Bytes>(message, &M::has_device_signature, &M::device_signature)};
}

Bytes encode_device_identity_container(const DeviceIdentityContainer& container) {
  proto::AdvSignedDeviceIdentityHmac message;
  message.mutable_details()->assign(as_text(container.details));
  message.mutable_hmac()->assign(as_text(container.hmac));
  message.set_account_type(static_cast<std::int32_t>(container.account_type));
  return proto::serialize(message);
}

Result<DeviceIdentityContainer> decode_device_identity_container(ByteView bytes) {
  proto::AdvSignedDeviceIdentityHmac message;
  if (bytes.size() > kMaxAdvStructure) return fail("device identity container", "too large");
  if (!proto::parse(bytes, message)) {
    return fail("device identity container", "not a protobuf message of this kind");
  }
  return DeviceIdentityContainer{.details = to_bytes(message.details()),
                                 .hmac = to_bytes(message.hmac()),
                                 .account_type = static_cast<AccountType>(message.account_type())};
}

Bytes account_signature_message(bool hosted, ByteView details,
                                const PublicKey& companion_identity) {
  return concat({hosted ? kHostedAccountPrefix : kAccountPrefix, details, companion_identity});
}

Bytes device_signature_message(bool hosted, ByteView details, const PublicKey& companion_identity,
                               const PublicKey& account_key) {
  return concat(
      {hosted ? kHostedDevicePrefix : kDevicePrefix, details, companion_identity, account_key});
}

std::array<std::uint8_t, 32> container_hmac(AccountType type, ByteView signed_identity,
                                            const AdvSecret& secret) {
  if (type != AccountType::kHosted) return hmac_sha256(secret, signed_identity);
  return hmac_sha256(secret, concat({kHostedAccountPrefix, signed_identity}));
}

SignedDeviceIdentity sign_as_phone(const DeviceIdentity& identity, const KeyPair& account_identity,
                                   const PublicKey& companion_identity, RandomSource& random) {
  SignedDeviceIdentity signed_identity;
  signed_identity.details = encode_device_identity(identity);
  signed_identity.account_signature_key = to_bytes(account_identity.public_key);
  const Bytes message =
      account_signature_message(is_hosted(identity), signed_identity.details, companion_identity);
  signed_identity.account_signature =
      to_bytes(xeddsa_sign(account_identity.private_key, message, random));
  return signed_identity;
}

DeviceIdentityContainer seal_device_identity(const SignedDeviceIdentity& identity, AccountType type,
                                             const AdvSecret& secret) {
  DeviceIdentityContainer container;
  container.details = encode_signed_device_identity(identity);
  container.hmac = to_bytes(container_hmac(type, container.details, secret));
  container.account_type = type;
  return container;
}

int error_code(PairingRefusal refusal) {
  return refusal == PairingRefusal::kInternalError ? 500 : 401;
}

std::string_view error_text(PairingRefusal refusal) {
  switch (refusal) {
    case PairingRefusal::kHmacMismatch:
      return "hmac-mismatch";
    case PairingRefusal::kSignatureMismatch:
      return "signature-mismatch";
    case PairingRefusal::kInternalError:
      break;
  }
  return "internal-error";
}

std::expected<AcceptedIdentity, PairingRefusal> accept_device_identity(
    ByteView container, const AdvSecret& secret, const KeyPair& companion_identity,
    const Context& context) {
  const auto sealed = decode_device_identity_container(container);
  if (!sealed) return std::unexpected(PairingRefusal::kInternalError);
  const auto hmac = container_hmac(sealed->account_type, sealed->details, secret);
  if (!context.guard.holds(Rule::PAIR_08, equal_in_constant_time(sealed->hmac, hmac))) {
    return std::unexpected(PairingRefusal::kHmacMismatch);
  }

  const auto signed_identity = decode_signed_device_identity(sealed->details);
  if (!signed_identity) return std::unexpected(PairingRefusal::kInternalError);
  const auto identity = decode_device_identity(signed_identity->details);
  if (!identity) return std::unexpected(PairingRefusal::kInternalError);
  const bool hosted = is_hosted(*identity);
  const auto account_key = to_public_key(signed_identity->account_signature_key.value_or(Bytes{}));
  if (!context.guard.holds(Rule::PAIR_09, account_key && has_valid_account_signature(
                                                             *signed_identity, hosted, *account_key,
                                                             companion_identity.public_key))) {
    return std::unexpected(PairingRefusal::kSignatureMismatch);
  }

  AcceptedIdentity accepted{.identity = *identity,
                            .signed_identity = *signed_identity,
                            .account_key = account_key.value_or(PublicKey{})};
  const Bytes message =
      device_signature_message(hosted, accepted.signed_identity.details,
                               companion_identity.public_key, accepted.account_key);
  accepted.signed_identity.device_signature =
      to_bytes(xeddsa_sign(companion_identity.private_key, message, context.random));
  return accepted;
}

Bytes pair_device_sign_content(const AcceptedIdentity& accepted, bool with_account_key) {
  SignedDeviceIdentity answer = accepted.signed_identity;
  if (!with_account_key) answer.account_signature_key.reset();
  return encode_signed_device_identity(answer);
}

Result<DeviceSignaturePrefix> verify_returned_identity(const SignedDeviceIdentity& returned,
                                                       const SignedDeviceIdentity& issued,
                                                       const PublicKey& companion_identity,
                                                       const Guard& guard) {
  constexpr std::string_view kWhat = "returned device identity";
  if (!guard.holds(Rule::PAIR_13, returned.details == issued.details &&
                                      returned.account_signature == issued.account_signature)) {
    return fail(kWhat, "the details or the account signature have been changed");
  }
  if (returned.account_signature_key && !guard.holds(Rule::PAIR_15, true)) {
    return fail(kWhat, "the account key is repeated");
  }
  // Not the returned key: a companion could have put in one of its own.
  const auto account_key = to_public_key(issued.account_signature_key.value_or(Bytes{}));
  if (!account_key) return fail(kWhat, "the issued identity has no account key of 32 bytes");
  auto identity = decode_device_identity(issued.details);
  if (!identity) return propagate(identity);
  const auto prefix =
      device_signature_prefix(returned, is_hosted(*identity), *account_key, companion_identity);
  if (!guard.holds(Rule::PAIR_12, prefix.has_value())) {
    return fail(kWhat, "the device signature does not verify");
  }
  return prefix.value_or(DeviceSignaturePrefix::kE2ee);
}

Result<DeviceIdentity> verify_device_identity(const SignedDeviceIdentity& signed_identity,
                                              const PublicKey& account_key,
                                              const PublicKey& companion_identity,
                                              const Guard& guard) {
  auto identity = decode_device_identity(signed_identity.details);
  if (!identity) return propagate(identity);
  const bool hosted = is_hosted(*identity);
  if (!guard.holds(
          Rule::DEVICE_07,
          has_valid_account_signature(signed_identity, hosted, account_key, companion_identity) &&
              device_signature_prefix(signed_identity, hosted, account_key, companion_identity))) {
    return fail("device identity", "a signature does not verify");
  }
  return identity;
}

}  // namespace doublecheck::pairing
