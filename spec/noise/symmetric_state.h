#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"

// The symmetric half of the Noise protocol framework (revision 34, section 5.2), for 25519, AESGCM
// and SHA256.
namespace doublecheck::noise {

enum class Pattern : std::uint8_t {
  kXx,          // full handshake
  kIk,          // resumption: the client already knows the server's static key
  kXxFallback,  // the server did not accept a resumption; continues with the ephemeral key of the
                // attempt
};

std::string_view to_string(Pattern pattern);

// The protocol name as it is hashed: XX and IK padded with zeros to 32 bytes, XXfallback as it is
// (NOISE-01).
ByteView protocol_name(Pattern pattern);

using Hash = std::array<std::uint8_t, 32>;
using CipherKey = std::array<std::uint8_t, 32>;

// The AES-GCM nonce of a counter: eight zero bytes, then the counter in big-endian order
// (NOISE-04).
std::array<std::uint8_t, 12> nonce(std::uint32_t counter);

// Keys of the transport phase. The client is the initiator.
struct TransportKeys {
  CipherKey client_to_server{};
  CipherKey server_to_client{};
};

class SymmetricState {
 public:
  // Starts with the protocol name and the prologue mixed in.
  SymmetricState(Pattern pattern, ByteView prologue);

  void mix_hash(ByteView data);

  // New chaining key and cipher key; the counter starts again at 0 (NOISE-03).
  void mix_key(const SharedSecret& secret);

  // Requires a cipher key, that is, a mix_key before.
  Bytes encrypt_and_hash(ByteView plaintext);

  // Nothing if the ciphertext is not authentic, which ends the handshake (NOISE-13). The ciphertext
  // is mixed in and counted even so: a peer that goes on regardless stays in step with the other
  // one.
  std::optional<Bytes> decrypt_and_hash(ByteView ciphertext);

  // The first half of the output is the initiator's key to send with (NOISE-06).
  TransportKeys split() const;

  const Hash& handshake_hash() const { return hash_; }
  const Hash& chaining_key() const { return chaining_key_; }
  const CipherKey& cipher_key() const {
    return cipher_key_;
  }  // the protocol name before the first mix_key
  std::uint32_t counter() const { return counter_; }

 private:
  Hash hash_;
  Hash chaining_key_;
  CipherKey cipher_key_;
  std::uint32_t counter_ = 0;
};

}  // namespace doublecheck::noise
