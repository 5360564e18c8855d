#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

// Ed25519 keys (RFC 8032) in the PEM files that OpenSSL reads and writes: PKCS #8 for private ones,
// SubjectPublicKeyInfo for public ones.
namespace doublecheck::harness {

inline constexpr std::size_t kMaxPemBytes = 4096;

class VerifyingKey {
 public:
  static Result<VerifyingKey> from_pem(std::string_view pem);
  std::string to_pem() const;
  bool verifies(ByteView message, ByteView signature) const;
  // The SHA-256 of the SubjectPublicKeyInfo, in hexadecimal: what `keyid` says in an envelope.
  std::string id() const;

 private:
  friend class SigningKey;
  explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

class SigningKey {
 public:
  // From the system's random numbers. Nothing calls this but the command that is asked for a key.
  static Result<SigningKey> generate();
  static Result<SigningKey> from_pem(std::string_view pem);
  std::string to_pem() const;
  VerifyingKey verifying_key() const;
  Bytes sign(ByteView message) const;  // 64 bytes

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace doublecheck::harness
