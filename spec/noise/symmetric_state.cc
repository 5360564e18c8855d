#include "spec/noise/symmetric_state.h"

#include <algorithm>

namespace doublecheck::noise {
namespace {

using namespace std::string_view_literals;

template <typename Array>
void split_in_two(const Bytes& output, Array& first, Array& second) {
  std::copy_n(output.begin(), first.size(), first.begin());
  std::copy_n(output.begin() + static_cast<std::ptrdiff_t>(first.size()), second.size(),
              second.begin());
}

}  // namespace

std::string_view to_string(Pattern pattern) {
  switch (pattern) {
    case Pattern::kXx:
      return "XX";
    case Pattern::kIk:
      return "IK";
    case Pattern::kXxFallback:
      return "XXfallback";
  }
  return "unknown";
}

ByteView protocol_name(Pattern pattern) {
  switch (pattern) {
    case Pattern::kXx:
      return as_bytes("Noise_XX_25519_AESGCM_SHA256\0\0\0\0"sv);
    case Pattern::kIk:
      return as_bytes("Noise_IK_25519_AESGCM_SHA256\0\0\0\0"sv);
    case Pattern::kXxFallback:
      return as_bytes("Noise_XXfallback_25519_AESGCM_SHA256"sv);
  }
  return {};
}

std::array<std::uint8_t, 12> nonce(std::uint32_t counter) {
  return {0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          static_cast<std::uint8_t>(counter >> 24),
          static_cast<std::uint8_t>(counter >> 16),
          static_cast<std::uint8_t>(counter >> 8),
          static_cast<std::uint8_t>(counter)};
}

SymmetricState::SymmetricState(Pattern pattern, ByteView prologue) {
  const ByteView name = protocol_name(pattern);
  if (name.size() <= hash_.size()) {
    hash_.fill(0);
    std::ranges::copy(name, hash_.begin());
  } else {
    hash_ = sha256(name);
  }
  chaining_key_ = hash_;
  cipher_key_ = hash_;
  mix_hash(prologue);
}

void SymmetricState::mix_hash(ByteView data) { hash_ = sha256(concat({hash_, data})); }

void SymmetricState::mix_key(const SharedSecret& secret) {
  const Bytes output = hkdf_sha256(secret, chaining_key_, {}, 64);
  split_in_two(output, chaining_key_, cipher_key_);
  counter_ = 0;
}

Bytes SymmetricState::encrypt_and_hash(ByteView plaintext) {
  Bytes ciphertext = aes256_gcm_seal(cipher_key_, nonce(counter_++), plaintext, hash_);
  mix_hash(ciphertext);
  return ciphertext;
}

std::optional<Bytes> SymmetricState::decrypt_and_hash(ByteView ciphertext) {
  std::optional<Bytes> plaintext =
      aes256_gcm_open(cipher_key_, nonce(counter_++), ciphertext, hash_);
  mix_hash(ciphertext);
  return plaintext;
}

TransportKeys SymmetricState::split() const {
  const Bytes output = hkdf_sha256({}, chaining_key_, {}, 64);
  TransportKeys keys;
  split_in_two(output, keys.client_to_server, keys.server_to_client);
  return keys;
}

}  // namespace doublecheck::noise
