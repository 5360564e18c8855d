#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"
#include "spec/signal/limits.h"

// The messages of a session as bytes.
//
//   SignalMessage         version ‖ protobuf ‖ MAC        `enc type="msg"`
//   PrekeySignalMessage   version ‖ protobuf              `enc type="pkmsg"`; contains a
//   SignalMessage
//
// Decoders take at most kMaxMessageSize bytes, ignore unknown fields, and refuse any other version
// than 0x33 (SESSION-07), a missing field, and public keys of another form than `decode_public_key`
// takes.
namespace doublecheck::signal {

// Message version 3 in the high half, the highest version that the sender supports in the low half.
// This project writes and accepts no other (SESSION-06); libraries differ on the low half.
inline constexpr std::uint8_t kMessageVersion = 0x33;

inline constexpr std::size_t kMacSize = 8;

struct SignalMessage {
  PublicKey ratchet_key{};    // of the sender
  std::uint32_t counter = 0;  // from 0 in each chain
  std::uint32_t previous_counter =
      0;  // of the last message of the sender's previous chain (SESSION-11)
  Bytes ciphertext;

  bool operator==(const SignalMessage&) const = default;
};

// Whose message it is. The MAC covers both identity keys, the sender's first (SESSION-09).
struct Participants {
  PublicKey sender{};
  PublicKey receiver{};
};

// Writes both counters, zeros too (SESSION-10).
Bytes encode_signal_message(const SignalMessage& message, ByteView mac_key,
                            const Participants& participants);

// Does not look at the MAC: to know its key, the message has to be read first.
Result<SignalMessage> decode_signal_message(ByteView encoded, const Guard& guard);

// Whether an encoded message ends with the MAC of all that precedes it, the version byte included
// (SESSION-08). In constant time.
bool has_valid_mac(ByteView encoded, ByteView mac_key, const Participants& participants);

// Nothing authenticates these fields themselves. A wrong key or prekey id leads to wrong message
// keys; only the registration id can be changed unnoticed.
struct PrekeySignalMessage {
  std::optional<std::uint32_t> one_time_prekey_id;
  PublicKey base_key{};
  PublicKey identity_key{};           // of the sender
  Bytes message;                      // an encoded SignalMessage
  std::uint32_t registration_id = 0;  // of the sender; 0 if it was absent
  std::uint32_t signed_prekey_id = 0;

  bool operator==(const PrekeySignalMessage&) const = default;
};

Bytes encode_prekey_signal_message(const PrekeySignalMessage& message);
Result<PrekeySignalMessage> decode_prekey_signal_message(ByteView encoded, const Guard& guard);

}  // namespace doublecheck::signal
