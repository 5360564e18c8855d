#include "spec/signal/key_derivation.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "spec/signal/public_key.h"

namespace doublecheck::signal {
namespace {

constexpr std::array<std::uint8_t, 1> kMessageSeedInput{0x01};
constexpr std::array<std::uint8_t, 1> kChainKeyInput{0x02};

// The bytes of `derived` from `offset` on, as many as the array holds.
template <std::size_t kSize>
std::array<std::uint8_t, kSize> part(const Bytes& derived, std::size_t offset) {
  std::array<std::uint8_t, kSize> out;
  std::copy_n(derived.begin() + static_cast<std::ptrdiff_t>(offset), kSize, out.begin());
  return out;
}

RootAndChain derive_root_and_chain(ByteView input, ByteView salt, std::string_view label) {
  const Bytes derived = hkdf_sha256(input, salt, as_bytes(label), 64);
  return {.root_key = part<32>(derived, 0), .chain_key = part<32>(derived, 32)};
}

}  // namespace

RootAndChain derive_session_start(ByteView master_secret) {
  return derive_root_and_chain(master_secret, {}, "WhisperText");
}

std::optional<RootAndChain> ratchet_step(const RootKey& root_key, const PrivateKey& own,
                                         const PublicKey& peer, const Guard& guard) {
  const std::optional<SharedSecret> secret = agree(own, peer, guard);
  if (!secret) return std::nullopt;
  return derive_root_and_chain(*secret, root_key, "WhisperRatchet");
}

MessageSeed message_seed(const ChainKey& chain_key) {
  return hmac_sha256(chain_key, kMessageSeedInput);
}
ChainKey next_chain_key(const ChainKey& chain_key) {
  return hmac_sha256(chain_key, kChainKeyInput);
}

MessageKeys derive_message_keys(const MessageSeed& seed) {
  const Bytes derived = hkdf_sha256(seed, {}, as_bytes("WhisperMessageKeys"), 80);
  return {.cipher_key = part<32>(derived, 0),
          .mac_key = part<32>(derived, 32),
          .iv = part<16>(derived, 64)};
}

GroupMessageKeys derive_group_message_keys(const MessageSeed& seed) {
  const Bytes derived = hkdf_sha256(seed, {}, as_bytes("WhisperGroup"), 48);
  return {.iv = part<16>(derived, 0), .cipher_key = part<32>(derived, 16)};
}

}  // namespace doublecheck::signal
