#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "spec/base/crypto.h"
#include "spec/base/random.h"

// The primitives by OpenSSL 3, and by libsodium where XEdDSA needs Ed25519 group and scalar
// operations that OpenSSL does not offer.
namespace doublecheck {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using PublicKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using OpenSslKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;

// For calls that only fail when the library has no memory or was given arguments that this file
// never gives.
void require(bool worked) {
  if (!worked) std::abort();
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> digest(const EVP_MD* algorithm, ByteView data) {
  std::array<std::uint8_t, kSize> out;
  require(EVP_Digest(data.data(), data.size(), out.data(), nullptr, algorithm, nullptr) == 1);
  return out;
}

int to_int(std::size_t size) {
  require(size <= INT32_MAX);
  return static_cast<int>(size);
}

const BIGNUM* field_prime() {
  static const BigNumber prime = [] {
    BIGNUM* number = nullptr;
    require(BN_hex2bn(&number, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed") >
            0);
    return BigNumber(number);
  }();
  return prime.get();
}

// The Ed25519 point whose Montgomery u-coordinate is `key` and whose sign bit is `sign`,
// compressed: y = (u - 1) / (u + 1). Nothing for u = -1, which has no inverse.
std::optional<std::array<std::uint8_t, 32>> to_edwards(const PublicKey& key, bool sign) {
  PublicKey masked = key;
  masked[31] &= 0x7f;
  const BigNumberContext context(BN_CTX_new());
  const BigNumber u(BN_lebin2bn(masked.data(), static_cast<int>(masked.size()), nullptr));
  const BigNumber numerator(BN_new());
  const BigNumber denominator(BN_new());
  const BigNumber y(BN_new());
  require(context && u && numerator && denominator && y);
  require(BN_mod_sub(numerator.get(), u.get(), BN_value_one(), field_prime(), context.get()) == 1);
  require(BN_mod_add(denominator.get(), u.get(), BN_value_one(), field_prime(), context.get()) ==
          1);
  if (BN_is_zero(denominator.get())) return std::nullopt;
  require(BN_mod_inverse(denominator.get(), denominator.get(), field_prime(), context.get()) !=
          nullptr);
  require(BN_mod_mul(y.get(), numerator.get(), denominator.get(), field_prime(), context.get()) ==
          1);
  std::array<std::uint8_t, 32> point{};
  require(BN_bn2lebinpad(y.get(), point.data(), to_int(point.size())) == to_int(point.size()));
  if (sign) point[31] |= 0x80;
  return point;
}

// SHA-512 of the parts, reduced modulo the order of the group.
std::array<std::uint8_t, 32> hash_to_scalar(std::initializer_list<ByteView> parts) {
  const auto wide = sha512(concat(parts));
  std::array<std::uint8_t, 32> scalar;
  crypto_core_ed25519_scalar_reduce(scalar.data(), wide.data());
  return scalar;
}

std::array<std::uint8_t, 32> times_base_point(const std::array<std::uint8_t, 32>& scalar) {
  std::array<std::uint8_t, 32> point{};
  require(crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.data()) == 0);
  return point;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(ByteView data) { return digest<32>(EVP_sha256(), data); }
std::array<std::uint8_t, 64> sha512(ByteView data) { return digest<64>(EVP_sha512(), data); }
std::array<std::uint8_t, 20> sha1(ByteView data) { return digest<20>(EVP_sha1(), data); }
std::array<std::uint8_t, 16> md5(ByteView data) { return digest<16>(EVP_md5(), data); }

std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data) {
  // HMAC() takes a null key for "as before"; an empty key is legal and must not be null.
  static constexpr std::uint8_t kNoKey = 0;
  std::array<std::uint8_t, 32> out;
  require(HMAC(EVP_sha256(), key.empty() ? &kNoKey : key.data(), to_int(key.size()), data.data(),
               data.size(), out.data(), nullptr) != nullptr);
  return out;
}

Bytes hkdf_sha256(ByteView input, ByteView salt, ByteView info, std::size_t size) {
  static constexpr std::array<std::uint8_t, 32> kZeroSalt{};
  const auto pseudorandom_key = hmac_sha256(salt.empty() ? ByteView(kZeroSalt) : salt, input);
  Bytes out;
  Bytes block;
  for (std::uint8_t counter = 1; out.size() < size; ++counter) {
    require(counter != 0);
    append(block, info);
    block.push_back(counter);
    const auto next = hmac_sha256(pseudorandom_key, block);
    append(out, ByteView(next).first(std::min(next.size(), size - out.size())));
    block.assign(next.begin(), next.end());
  }
  return out;
}

Bytes pbkdf2_hmac_sha256(ByteView password, ByteView salt, std::uint32_t rounds, std::size_t size) {
  Bytes out(size);
  require(PKCS5_PBKDF2_HMAC(as_text(password).data(), to_int(password.size()), salt.data(),
                            to_int(salt.size()), static_cast<int>(rounds), EVP_sha256(),
                            to_int(size), out.data()) == 1);
  return out;
}

Bytes aes256_gcm_seal(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data) {
  require(key.size() == 32 && nonce.size() == 12);
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes sealed(plaintext.size() + kGcmTagSize);
  int written = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) ==
          1);
  if (!associated_data.empty()) {
    require(EVP_EncryptUpdate(context.get(), nullptr, &written, associated_data.data(),
                              to_int(associated_data.size())) == 1);
  }
  if (!plaintext.empty()) {
    require(EVP_EncryptUpdate(context.get(), sealed.data(), &written, plaintext.data(),
                              to_int(plaintext.size())) == 1);
  }
  require(EVP_EncryptFinal_ex(context.get(), sealed.data() + plaintext.size(), &written) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kGcmTagSize,
                              sealed.data() + plaintext.size()) == 1);
  return sealed;
}

std::optional<Bytes> aes256_gcm_open(ByteView key, ByteView nonce, ByteView sealed,
                                     ByteView associated_data) {
  require(key.size() == 32 && nonce.size() == 12);
  if (sealed.size() < kGcmTagSize) return std::nullopt;
  const ByteView ciphertext = sealed.first(sealed.size() - kGcmTagSize);
  Bytes tag = to_bytes(sealed.last(kGcmTagSize));
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes plaintext(ciphertext.size());
  int written = 0;
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) ==
          1);
  if (!associated_data.empty()) {
    require(EVP_DecryptUpdate(context.get(), nullptr, &written, associated_data.data(),
                              to_int(associated_data.size())) == 1);
  }
  if (!ciphertext.empty()) {
    require(EVP_DecryptUpdate(context.get(), plaintext.data(), &written, ciphertext.data(),
                              to_int(ciphertext.size())) == 1);
  }
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kGcmTagSize, tag.data()) == 1);
  std::uint8_t nothing = 0;
  if (EVP_DecryptFinal_ex(context.get(), &nothing, &written) != 1) return std::nullopt;
  return plaintext;
}

Bytes aes256_cbc_encrypt(ByteView key, ByteView iv, ByteView plaintext) {
  require(key.size() == 32 && iv.size() == 16);
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(plaintext.size() + 16);
  int body = 0;
  int tail = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data()) ==
          1);
  if (!plaintext.empty()) {
    require(EVP_EncryptUpdate(context.get(), out.data(), &body, plaintext.data(),
                              to_int(plaintext.size())) == 1);
  }
  require(EVP_EncryptFinal_ex(context.get(), out.data() + body, &tail) == 1);
  out.resize(static_cast<std::size_t>(body) + static_cast<std::size_t>(tail));
  return out;
}

std::optional<Bytes> aes256_cbc_decrypt(ByteView key, ByteView iv, ByteView ciphertext) {
  require(key.size() == 32 && iv.size() == 16);
  if (ciphertext.empty() || ciphertext.size() % 16 != 0) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(ciphertext.size() + 16);
  int body = 0;
  int tail = 0;
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data()) ==
          1);
  require(EVP_DecryptUpdate(context.get(), out.data(), &body, ciphertext.data(),
                            to_int(ciphertext.size())) == 1);
  if (EVP_DecryptFinal_ex(context.get(), out.data() + body, &tail) != 1) return std::nullopt;
  out.resize(static_cast<std::size_t>(body) + static_cast<std::size_t>(tail));
  return out;
}

Bytes aes256_ctr(ByteView key, ByteView iv, ByteView data) {
  require(key.size() == 32 && iv.size() == 16);
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(data.size());
  int written = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, key.data(), iv.data()) ==
          1);
  if (!data.empty()) {
    require(EVP_EncryptUpdate(context.get(), out.data(), &written, data.data(),
                              to_int(data.size())) == 1);
  }
  return out;
}

bool equal_in_constant_time(ByteView left, ByteView right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

KeyPair KeyPair::from_private(const PrivateKey& private_key) {
  KeyPair pair{.private_key = private_key};
  const OpenSslKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.data(),
                                                    private_key.size()));
  std::size_t size = pair.public_key.size();
  require(key && EVP_PKEY_get_raw_public_key(key.get(), pair.public_key.data(), &size) == 1);
  return pair;
}

std::optional<SharedSecret> x25519(const PrivateKey& own, const PublicKey& peer) {
  const OpenSslKey own_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, own.data(), own.size()));
  const OpenSslKey peer_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
  require(own_key && peer_key);
  const PublicKeyContext context(EVP_PKEY_CTX_new(own_key.get(), nullptr));
  require(context && EVP_PKEY_derive_init(context.get()) == 1);
  require(EVP_PKEY_derive_set_peer(context.get(), peer_key.get()) == 1);
  SharedSecret secret;
  std::size_t size = secret.size();
  // OpenSSL refuses an all-zero result, as RFC 7748 section 6.1 recommends.
  if (EVP_PKEY_derive(context.get(), secret.data(), &size) != 1) return std::nullopt;
  return secret;
}

Signature xeddsa_sign(const PrivateKey& key, ByteView message, RandomSource& random) {
  static constexpr std::array<std::uint8_t, 32> kPrefix = [] {
    std::array<std::uint8_t, 32> prefix;
    prefix.fill(0xff);
    prefix[0] = 0xfe;
    return prefix;
  }();
  PrivateKey scalar = key;
  scalar[0] &= 0xf8;
  scalar[31] &= 0x7f;
  scalar[31] |= 0x40;

  const auto public_point = times_base_point(scalar);
  const auto nonce_input = random.array<64>();
  const auto nonce = hash_to_scalar({kPrefix, scalar, message, nonce_input});
  const auto nonce_point = times_base_point(nonce);
  const auto challenge = hash_to_scalar({nonce_point, public_point, message});

  std::array<std::uint8_t, 32> response;
  crypto_core_ed25519_scalar_mul(response.data(), challenge.data(), scalar.data());
  crypto_core_ed25519_scalar_add(response.data(), response.data(), nonce.data());

  Signature signature;
  std::ranges::copy(nonce_point, signature.begin());
  std::ranges::copy(response, signature.begin() + 32);
  signature[63] = static_cast<std::uint8_t>(signature[63] | (public_point[31] & 0x80));
  return signature;
}

bool xeddsa_verify(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != std::tuple_size_v<Signature>) return false;
  Signature ed25519_signature;
  std::ranges::copy(signature, ed25519_signature.begin());
  const bool sign = (ed25519_signature[63] & 0x80) != 0;
  ed25519_signature[63] &= 0x7f;
  const auto point = to_edwards(key, sign);
  if (!point) return false;
  // Also refuses points of low order and scalars that are not reduced.
  return crypto_sign_verify_detached(ed25519_signature.data(), message.data(), message.size(),
                                     point->data()) == 0;
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  require(RAND_bytes(out.data(), to_int(out.size())) == 1);
}

}  // namespace doublecheck
