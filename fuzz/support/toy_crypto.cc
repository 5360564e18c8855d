#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "spec/base/crypto.h"
#include "spec/base/random.h"

// The primitives as fuzz targets link them: each has the shape and the failures of the real one and
// protects nothing. A key agreement costs one multiplication here, so a whole server with paired
// companions can be built for every input. Whoever links this file leaves out crypto_openssl.cc.
namespace doublecheck {
namespace {

// ---- A hash: absorbs 64 bits at a time, then counts out as many as are asked for.

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;

constexpr std::uint64_t scrambled(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

// What keeps the functions built on the hash from having each other's results.
enum class Purpose : std::uint64_t {
  kDigest,
  kMac,
  kDerive,
  kStretch,
  kStream,
  kTag,
  kAgree,
  kSign
};

class ToyHash {
 public:
  explicit ToyHash(Purpose purpose)
      : state_(scrambled(kOdd + static_cast<std::uint64_t>(purpose))) {}

  // Parts are hashed with their lengths: other parts with the same concatenation differ.
  ToyHash& add(ByteView part) {
    add(part.size());
    for (; part.size() >= 8; part = part.subspan(8)) add(little_endian(part.first(8)));
    add(little_endian(part));
    return *this;
  }
  ToyHash& add(std::uint64_t number) {
    state_ = std::rotl(state_ ^ number, 29) * kOdd;
    return *this;
  }

  void finish(std::span<std::uint8_t> out) const {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < out.size(); ++i, word >>= 8) {
      if (i % 8 == 0) word = scrambled(state_ + kOdd * (1 + i / 8));
      out[i] = static_cast<std::uint8_t>(word);
    }
  }
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> finish() const {
    std::array<std::uint8_t, kSize> out;
    finish(out);
    return out;
  }
  Bytes finish(std::size_t size) const {
    Bytes out(size);
    finish(std::span(out));
    return out;
  }

  // Up to 8 bytes.
  static std::uint64_t little_endian(ByteView bytes) {
    std::uint64_t word = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) word = word << 8 | bytes[i - 1];
    return word;
  }

 private:
  std::uint64_t state_;
};

// ---- A group of prime order: multiplication modulo 2^61 - 1, of which a key holds one element.

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
constexpr std::uint64_t kBase = 9;

__extension__ using Wide = unsigned __int128;

std::uint64_t product(std::uint64_t left, std::uint64_t right) {
  return static_cast<std::uint64_t>(static_cast<Wide>(left) * right % kPrime);
}

std::uint64_t scalar_of(const PrivateKey& key) {
  // Never zero, as a clamped scalar is not.
  return ToyHash::little_endian(ByteView(key).first(8)) % (kPrime - 1) + 1;
}

std::uint64_t element_of(const PublicKey& key) {
  return ToyHash::little_endian(ByteView(key).first(8)) % kPrime;
}

Bytes stream_applied(ByteView key, ByteView nonce, ByteView data) {
  Bytes out = ToyHash(Purpose::kStream).add(key).add(nonce).finish(data.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= data[i];
  return out;
}

std::array<std::uint8_t, kGcmTagSize> tag_of(ByteView key, ByteView nonce, ByteView ciphertext,
                                             ByteView associated_data) {
  return ToyHash(Purpose::kTag)
      .add(key)
      .add(nonce)
      .add(ciphertext)
      .add(associated_data)
      .finish<kGcmTagSize>();
}

constexpr std::size_t kBlock = 16;

}  // namespace

std::array<std::uint8_t, 32> sha256(ByteView data) {
  return ToyHash(Purpose::kDigest).add(data).finish<32>();
}
std::array<std::uint8_t, 64> sha512(ByteView data) {
  return ToyHash(Purpose::kDigest).add(data).finish<64>();
}
std::array<std::uint8_t, 20> sha1(ByteView data) {
  return ToyHash(Purpose::kDigest).add(data).finish<20>();
}
std::array<std::uint8_t, 16> md5(ByteView data) {
  return ToyHash(Purpose::kDigest).add(data).finish<16>();
}

std::array<std::uint8_t, 32> hmac_sha256(ByteView key, ByteView data) {
  return ToyHash(Purpose::kMac).add(key).add(data).finish<32>();
}

Bytes hkdf_sha256(ByteView input, ByteView salt, ByteView info, std::size_t size) {
  return ToyHash(Purpose::kDerive).add(input).add(salt).add(info).finish(size);
}

Bytes pbkdf2_hmac_sha256(ByteView password, ByteView salt, std::uint32_t rounds, std::size_t size) {
  return ToyHash(Purpose::kStretch).add(password).add(salt).add(rounds).finish(size);
}

Bytes aes256_gcm_seal(ByteView key, ByteView nonce, ByteView plaintext, ByteView associated_data) {
  Bytes sealed = stream_applied(key, nonce, plaintext);
  const auto tag = tag_of(key, nonce, sealed, associated_data);
  append(sealed, tag);
  return sealed;
}

std::optional<Bytes> aes256_gcm_open(ByteView key, ByteView nonce, ByteView sealed,
                                     ByteView associated_data) {
  if (sealed.size() < kGcmTagSize) return std::nullopt;
  const ByteView ciphertext = sealed.first(sealed.size() - kGcmTagSize);
  if (!equal(tag_of(key, nonce, ciphertext, associated_data), sealed.last(kGcmTagSize))) {
    return std::nullopt;
  }
  return stream_applied(key, nonce, ciphertext);
}

Bytes aes256_cbc_encrypt(ByteView key, ByteView iv, ByteView plaintext) {
  Bytes padded = to_bytes(plaintext);
  const std::size_t padding = kBlock - plaintext.size() % kBlock;
  padded.insert(padded.end(), padding, static_cast<std::uint8_t>(padding));
  return stream_applied(key, iv, padded);
}

std::optional<Bytes> aes256_cbc_decrypt(ByteView key, ByteView iv, ByteView ciphertext) {
  if (ciphertext.empty() || ciphertext.size() % kBlock != 0) return std::nullopt;
  Bytes plaintext = stream_applied(key, iv, ciphertext);
  const std::size_t padding = plaintext.back();
  if (padding == 0 || padding > kBlock) return std::nullopt;
  const ByteView tail = ByteView(plaintext).last(padding);
  if (std::ranges::any_of(tail, [&](std::uint8_t byte) { return byte != padding; })) {
    return std::nullopt;
  }
  plaintext.resize(plaintext.size() - padding);
  return plaintext;
}

Bytes aes256_ctr(ByteView key, ByteView iv, ByteView data) { return stream_applied(key, iv, data); }

bool equal_in_constant_time(ByteView left, ByteView right) { return equal(left, right); }

KeyPair KeyPair::from_private(const PrivateKey& private_key) {
  KeyPair pair{.private_key = private_key};
  std::uint64_t element = product(scalar_of(private_key), kBase);
  for (std::size_t i = 0; i < 8; ++i, element >>= 8) {
    pair.public_key[i] = static_cast<std::uint8_t>(element);
  }
  return pair;
}

std::optional<SharedSecret> x25519(const PrivateKey& own, const PublicKey& peer) {
  const std::uint64_t element = element_of(peer);
  if (element == 0) return std::nullopt;
  return ToyHash(Purpose::kAgree).add(product(scalar_of(own), element)).finish<32>();
}

Signature xeddsa_sign(const PrivateKey& key, ByteView message, RandomSource&) {
  const PublicKey public_key = KeyPair::from_private(key).public_key;
  return ToyHash(Purpose::kSign).add(public_key).add(message).finish<64>();
}

bool xeddsa_verify(const PublicKey& key, ByteView message, ByteView signature) {
  return equal(ToyHash(Purpose::kSign).add(key).add(message).finish<64>(), signature);
}

// A fuzz target that asks the operating system for chance does not repeat.
void SystemRandom::fill(std::span<std::uint8_t>) { std::abort(); }

}  // namespace doublecheck
