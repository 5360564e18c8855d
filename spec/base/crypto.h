#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"

// Every cryptographic primitive that the protocol uses, and nothing above primitives. The
// implementation is chosen when linking: crypto_openssl.cc here, a cheap one for fuzz targets; no
// switch at run time exists.
//
// A function that takes a peer's data fails by returning nothing. A function whose inputs are all
// our own aborts only when the library itself fails, which it does for lack of memory.
namespace doublecheck {

class RandomSource;

// SHA-2, and the two legacy digests that the protocol still names.
std::array<std::uint8_t, 32> sha256(ByteView data);
std::array<std::uint8_t, 64> sha512(ByteView data);
std::array<std::uint8_t, 20> sha1(ByteView data);
std::array<std::uint8_t, 16> md5(ByteView data);

std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data);

// RFC 5869 with SHA-256, extract then expand; an empty salt means 32 zero bytes. At most 255 * 32
// bytes.
Bytes hkdf_sha256(ByteView input, ByteView salt, ByteView info, std::size_t size);

Bytes pbkdf2_hmac_sha256(ByteView password, ByteView salt, std::uint32_t rounds, std::size_t size);

inline constexpr std::size_t kGcmTagSize = 16;

// AES-256-GCM: 32-byte key, 12-byte nonce, the 16-byte tag appended.
Bytes aes256_gcm_seal(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data);
std::optional<Bytes> aes256_gcm_open(ByteView key, ByteView nonce, ByteView sealed,
                                     ByteView associated_data);

// AES-256-CBC with PKCS #7 padding: 32-byte key, 16-byte initialisation vector.
Bytes aes256_cbc_encrypt(ByteView key, ByteView iv, ByteView plaintext);
std::optional<Bytes> aes256_cbc_decrypt(ByteView key, ByteView iv, ByteView ciphertext);

// AES-256-CTR: 32-byte key, 16-byte counter block; its own inverse.
Bytes aes256_ctr(ByteView key, ByteView iv, ByteView data);

bool equal_in_constant_time(ByteView left, ByteView right);

using PrivateKey = std::array<std::uint8_t, 32>;
using PublicKey = std::array<std::uint8_t, 32>;  // Montgomery u-coordinate, without a type byte
using Signature = std::array<std::uint8_t, 64>;
using SharedSecret = std::array<std::uint8_t, 32>;

struct KeyPair {
  PrivateKey private_key{};
  PublicKey public_key{};

  static KeyPair generate(RandomSource& random);
  static KeyPair from_private(const PrivateKey& private_key);
};

// The bytes as a key; nothing unless there are exactly 32.
std::optional<PublicKey> to_public_key(ByteView bytes);

// X25519 (RFC 7748). Nothing for a public key of low order, whose shared secret would be all zeros
// (NOISE-12).
std::optional<SharedSecret> x25519(const PrivateKey& own, const PublicKey& peer);

// XEdDSA over Curve25519 as this protocol uses it: the sign of the Edwards point travels in bit 7
// of the last signature byte instead of being forced to zero (CERT-10). A signature made by the
// published algorithm, whose sign is zero, verifies too. `random` supplies the 64 bytes of the
// nonce.
Signature xeddsa_sign(const PrivateKey& key, ByteView message, RandomSource& random);

// False for a wrong signature, for one of another length than 64, and for a scalar that is not
// reduced (CERT-12).
bool xeddsa_verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace doublecheck
