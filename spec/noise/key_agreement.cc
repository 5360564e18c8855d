#include "spec/noise/key_agreement.h"

#include <algorithm>

namespace doublecheck::noise {

Result<SharedSecret> agree(const PrivateKey& own, const PublicKey& peer, const Guard& guard) {
  const std::optional<SharedSecret> secret = x25519(own, peer);
  if (!guard.holds(Rule::NOISE_12, secret.has_value())) {
    return fail("handshake", "a public key is of low order");
  }
  return secret.value_or(SharedSecret{});
}

Result<> mix(SymmetricState& symmetric, Result<SharedSecret> agreed) {
  if (!agreed) return propagate(agreed);
  symmetric.mix_key(*agreed);
  return {};
}

EphemeralKey::EphemeralKey(const std::optional<KeyPair>& prescribed,
                           const std::optional<PublicKey>& low_order, RandomSource& random)
    : key_pair_(prescribed ? *prescribed : KeyPair::generate(random)),
      low_order_(low_order.has_value()) {
  if (low_order) key_pair_.public_key = *low_order;
}

Result<SharedSecret> EphemeralKey::agree(const PublicKey& peer, const Guard& guard) const {
  if (low_order_) return SharedSecret{};
  return noise::agree(key_pair_.private_key, peer, guard);
}

PublicKey fit_key(ByteView bytes) {
  PublicKey key{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.begin());
  return key;
}

}  // namespace doublecheck::noise
