#include "spec/signal/sender_key_message.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "spec/proto/access.h"
#include "spec/proto/signal.pb.h"
#include "spec/signal/message_format.h"
#include "spec/signal/public_key.h"

namespace doublecheck::signal {
namespace {

constexpr std::string_view kDistribution = "sender key distribution message";
constexpr std::string_view kMessage = "sender key message";
constexpr std::size_t kSignatureSize = std::tuple_size_v<Signature>;

}  // namespace

Bytes encode_sender_key_distribution_message(const SenderKeyDistributionMessage& message) {
  proto::SenderKeyDistributionMessage wire;
  wire.set_id(message.key_id);
  wire.set_iteration(message.iteration);
  wire.mutable_chain_key()->assign(as_text(message.chain_key));
  wire.mutable_signing_key()->assign(as_text(encode_public_key(message.signing_key)));
  return message_format::with_version(wire);
}

Result<SenderKeyDistributionMessage> decode_sender_key_distribution_message(ByteView encoded,
                                                                            const Guard& guard) {
  proto::SenderKeyDistributionMessage wire;
  if (Result<> parsed =
          message_format::parse(kDistribution, encoded, 0, Rule::SENDERKEY_03, guard, wire);
      !parsed) {
    return propagate(parsed);
  }
  SenderKeyDistributionMessage message{.key_id = wire.id(), .iteration = wire.iteration()};
  if (!guard.holds(Rule::SENDERKEY_06, wire.has_id() && wire.has_iteration() &&
                                           wire.chain_key().size() == message.chain_key.size())) {
    return fail(kDistribution, "an id, an iteration or a chain key of 32 bytes is missing");
  }
  std::copy_n(wire.chain_key().begin(), std::min(wire.chain_key().size(), message.chain_key.size()),
              message.chain_key.begin());
  Result<PublicKey> signing_key = decode_public_key(as_bytes(wire.signing_key()), guard);
  if (!signing_key) return propagate(signing_key);
  message.signing_key = *signing_key;
  return message;
}

Bytes encode_sender_key_message(const SenderKeyMessage& message, const PrivateKey& signing_key,
                                RandomSource& random) {
  proto::SenderKeyMessage wire;
  wire.set_id(message.key_id);
  wire.set_iteration(message.iteration);
  wire.mutable_ciphertext()->assign(as_text(message.ciphertext));
  Bytes encoded = message_format::with_version(wire);
  append(encoded, xeddsa_sign(signing_key, encoded, random));
  return encoded;
}

Result<SenderKeyMessage> decode_sender_key_message(ByteView encoded, const Guard& guard) {
  proto::SenderKeyMessage wire;
  if (Result<> parsed =
          message_format::parse(kMessage, encoded, kSignatureSize, Rule::SENDERKEY_03, guard, wire);
      !parsed) {
    return propagate(parsed);
  }
  if (!wire.has_id() || !wire.has_iteration() || !wire.has_ciphertext()) {
    return fail(kMessage, "an id, an iteration or a ciphertext is missing");
  }
  return SenderKeyMessage{.key_id = wire.id(),
                          .iteration = wire.iteration(),
                          .ciphertext = to_bytes(std::string_view(wire.ciphertext()))};
}

bool has_valid_signature(ByteView encoded, const PublicKey& signing_key) {
  if (encoded.size() < kSignatureSize) return false;
  return xeddsa_verify(signing_key, encoded.first(encoded.size() - kSignatureSize),
                       encoded.last(kSignatureSize));
}

}  // namespace doublecheck::signal
