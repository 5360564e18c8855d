#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"

// Every derivation of the Double Ratchet and of sender keys: labels, salts and splits (SESSION-02,
// SENDERKEY-01).
namespace doublecheck::signal {

using RootKey = std::array<std::uint8_t, 32>;
using ChainKey = std::array<std::uint8_t, 32>;
using MessageSeed = std::array<std::uint8_t, 32>;  // what the keys of one message are derived from

struct RootAndChain {
  RootKey root_key;
  ChainKey chain_key;
};

// What a session starts from: of the X3DH master secret, under `WhisperText`.
RootAndChain derive_session_start(ByteView master_secret);

// One step of the Diffie-Hellman ratchet, under `WhisperRatchet`. Nothing for a peer's key of low
// order (KEY-06).
std::optional<RootAndChain> ratchet_step(const RootKey& root_key, const PrivateKey& own,
                                         const PublicKey& peer, const Guard& guard);

// The two outputs of one step of a chain, of a session or of a sender key.
MessageSeed message_seed(const ChainKey& chain_key);
ChainKey next_chain_key(const ChainKey& chain_key);

// The keys of one message of a session, under `WhisperMessageKeys`.
struct MessageKeys {
  std::array<std::uint8_t, 32> cipher_key;
  std::array<std::uint8_t, 32> mac_key;
  std::array<std::uint8_t, 16> iv;
};
MessageKeys derive_message_keys(const MessageSeed& seed);

// The keys of one message under a sender key, under `WhisperGroup`.
struct GroupMessageKeys {
  std::array<std::uint8_t, 16> iv;
  std::array<std::uint8_t, 32> cipher_key;
};
GroupMessageKeys derive_group_message_keys(const MessageSeed& seed);

}  // namespace doublecheck::signal
