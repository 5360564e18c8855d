#pragma once

#include <algorithm>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"
#include "spec/noise/symmetric_state.h"

// What both sides of a handshake do with the keys they are given.
namespace doublecheck::noise {

// X25519, with NOISE-12: fails for a public key of low order. Whoever lets one pass computes the
// all-zero secret.
inline Result<SharedSecret> agree(const PrivateKey& own, const PublicKey& peer,
                                  const Guard& guard) {
  const std::optional<SharedSecret> secret = x25519(own, peer);
  if (!guard.holds(Rule::NOISE_12, secret.has_value())) {
    return fail("handshake", "a public key is of low order");
  }
  return secret.value_or(SharedSecret{});
}

// The same with our ephemeral key. If a fault has announced a key of low order in its place, then
// the secret is what the peer must compute from that: zeros.
inline Result<SharedSecret> agree_ephemeral(const KeyPair& own,
                                            const std::optional<PublicKey>& low_order_ephemeral,
                                            const PublicKey& peer, const Guard& guard) {
  if (low_order_ephemeral) return SharedSecret{};
  return agree(own.private_key, peer, guard);
}

// Goes on with what was agreed, if anything was.
inline Result<> mix(SymmetricState& symmetric, Result<SharedSecret> agreed) {
  if (!agreed) return propagate(agreed);
  symmetric.mix_key(*agreed);
  return {};
}

// The first 32 bytes as a key, missing ones as zero: for whoever has decided not to mind the
// length.
inline PublicKey fit_key(ByteView bytes) {
  PublicKey key{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.begin());
  return key;
}

}  // namespace doublecheck::noise
