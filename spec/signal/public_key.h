#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"

// Public keys as they stand in Signal messages, under MACs and under signatures: the type byte 05,
// then 32 bytes (KEY-02). Stanzas and everything else in this project have the raw 32 bytes.
namespace doublecheck::signal {

inline constexpr std::uint8_t kCurve25519KeyType = 0x05;

using EncodedPublicKey = std::array<std::uint8_t, 33>;

EncodedPublicKey encode_public_key(const PublicKey& key);

// Refuses any other length than 33 (KEY-04) and any other first byte (KEY-03). Also refuses a key
// with its highest bit set: X25519 does not look at that bit, so that two encodings would be one
// key, and no key that was computed has it.
Result<PublicKey> decode_public_key(ByteView encoded, const Guard& guard);

// X25519. Nothing for a public key of low order (KEY-06).
std::optional<SharedSecret> agree(const PrivateKey& own, const PublicKey& peer, const Guard& guard);

}  // namespace doublecheck::signal
