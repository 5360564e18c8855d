#pragma once

#include <cstddef>
#include <cstdint>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/signal/key_derivation.h"
#include "spec/signal/limits.h"

// The messages of sender keys as bytes (SENDERKEY-01).
//
//   SenderKeyMessage               version ‖ protobuf ‖ signature      `enc type="skmsg"`
//   SenderKeyDistributionMessage   version ‖ protobuf                  inside a pairwise encrypted
//   message
//
// Decoders take at most kMaxMessageSize bytes, ignore unknown fields, and refuse any other version
// than 0x33 (SENDERKEY-03), missing fields and keys of another size or form (SENDERKEY-06).
namespace doublecheck::signal {

struct SenderKeyDistributionMessage {
  std::uint32_t key_id = 0;
  std::uint32_t iteration = 0;  // of the chain key: earlier messages cannot be read with it
  ChainKey chain_key{};
  PublicKey signing_key{};

  bool operator==(const SenderKeyDistributionMessage&) const = default;
};

Bytes encode_sender_key_distribution_message(const SenderKeyDistributionMessage& message);
Result<SenderKeyDistributionMessage> decode_sender_key_distribution_message(ByteView encoded,
                                                                            const Guard& guard);

struct SenderKeyMessage {
  std::uint32_t key_id = 0;
  std::uint32_t iteration = 0;
  Bytes ciphertext;

  bool operator==(const SenderKeyMessage&) const = default;
};

// Draws the nonce of the signature.
Bytes encode_sender_key_message(const SenderKeyMessage& message, const PrivateKey& signing_key,
                                RandomSource& random);

// Does not look at the signature: to know its key, the message has to be read first.
Result<SenderKeyMessage> decode_sender_key_message(ByteView encoded, const Guard& guard);

// Whether an encoded message ends with a signature of all that precedes it (SENDERKEY-02).
bool has_valid_signature(ByteView encoded, const PublicKey& signing_key);

}  // namespace doublecheck::signal
