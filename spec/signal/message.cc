#include "spec/signal/message.h"

#include <algorithm>
#include <string_view>

#include "spec/proto/access.h"
#include "spec/proto/signal.pb.h"
#include "spec/signal/message_format.h"
#include "spec/signal/public_key.h"

namespace doublecheck::signal {
namespace {

constexpr std::string_view kSignalMessage = "signal message";
constexpr std::string_view kPrekeyMessage = "prekey message";

std::array<std::uint8_t, kMacSize> compute_mac(ByteView authenticated, ByteView mac_key,
                                               const Participants& participants) {
  const auto full =
      hmac_sha256(mac_key, concat({encode_public_key(participants.sender),
                                   encode_public_key(participants.receiver), authenticated}));
  std::array<std::uint8_t, kMacSize> mac;
  std::copy_n(full.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace

Bytes encode_signal_message(const SignalMessage& message, ByteView mac_key,
                            const Participants& participants) {
  proto::SignalMessage wire;
  wire.mutable_ratchet_key()->assign(as_text(encode_public_key(message.ratchet_key)));
  wire.set_counter(message.counter);
  wire.set_previous_counter(message.previous_counter);
  wire.mutable_ciphertext()->assign(as_text(message.ciphertext));
  Bytes encoded = message_format::with_version(wire);
  append(encoded, compute_mac(encoded, mac_key, participants));
  return encoded;
}

Result<SignalMessage> decode_signal_message(ByteView encoded, const Guard& guard) {
  proto::SignalMessage wire;
  if (Result<> parsed =
          message_format::parse(kSignalMessage, encoded, kMacSize, Rule::SESSION_07, guard, wire);
      !parsed) {
    return propagate(parsed);
  }
  if (!guard.holds(Rule::SESSION_10, wire.has_counter() && wire.has_previous_counter())) {
    return fail(kSignalMessage, "a counter is not written");
  }
  if (!wire.has_ciphertext()) return fail(kSignalMessage, "no ciphertext");
  Result<PublicKey> ratchet_key = decode_public_key(as_bytes(wire.ratchet_key()), guard);
  if (!ratchet_key) return propagate(ratchet_key);
  return SignalMessage{.ratchet_key = *ratchet_key,
                       .counter = wire.counter(),
                       .previous_counter = wire.previous_counter(),
                       .ciphertext = to_bytes(std::string_view(wire.ciphertext()))};
}

bool has_valid_mac(ByteView encoded, ByteView mac_key, const Participants& participants) {
  if (encoded.size() < kMacSize) return false;
  const ByteView authenticated = encoded.first(encoded.size() - kMacSize);
  return equal_in_constant_time(compute_mac(authenticated, mac_key, participants),
                                encoded.last(kMacSize));
}

Bytes encode_prekey_signal_message(const PrekeySignalMessage& message) {
  proto::PreKeySignalMessage wire;
  proto::set(wire, &proto::PreKeySignalMessage::set_pre_key_id, message.one_time_prekey_id);
  wire.mutable_base_key()->assign(as_text(encode_public_key(message.base_key)));
  wire.mutable_identity_key()->assign(as_text(encode_public_key(message.identity_key)));
  wire.mutable_message()->assign(as_text(message.message));
  wire.set_registration_id(message.registration_id);
  wire.set_signed_pre_key_id(message.signed_prekey_id);
  return message_format::with_version(wire);
}

Result<PrekeySignalMessage> decode_prekey_signal_message(ByteView encoded, const Guard& guard) {
  proto::PreKeySignalMessage wire;
  if (Result<> parsed =
          message_format::parse(kPrekeyMessage, encoded, 0, Rule::SESSION_07, guard, wire);
      !parsed) {
    return propagate(parsed);
  }
  if (!wire.has_signed_pre_key_id()) return fail(kPrekeyMessage, "no signed prekey id");
  if (!wire.has_message()) return fail(kPrekeyMessage, "no message inside");
  Result<PublicKey> base_key = decode_public_key(as_bytes(wire.base_key()), guard);
  if (!base_key) return propagate(base_key);
  Result<PublicKey> identity_key = decode_public_key(as_bytes(wire.identity_key()), guard);
  if (!identity_key) return propagate(identity_key);
  return PrekeySignalMessage{.one_time_prekey_id = proto::get<std::uint32_t>(
                                 wire, &proto::PreKeySignalMessage::has_pre_key_id,
                                 &proto::PreKeySignalMessage::pre_key_id),
                             .base_key = *base_key,
                             .identity_key = *identity_key,
                             .message = to_bytes(std::string_view(wire.message())),
                             .registration_id = wire.registration_id(),
                             .signed_prekey_id = wire.signed_pre_key_id()};
}

}  // namespace doublecheck::signal
