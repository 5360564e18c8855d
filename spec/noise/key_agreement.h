#pragma once

#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/noise/symmetric_state.h"

// What both sides of a handshake do with the keys that they are given.
namespace doublecheck::noise {

// X25519, with NOISE-12: fails for a public key of low order. Whoever lets one pass computes the
// all-zero secret.
Result<SharedSecret> agree(const PrivateKey& own, const PublicKey& peer, const Guard& guard);

// Mixes in what was agreed, if anything was.
Result<> mix(SymmetricState& symmetric, Result<SharedSecret> agreed);

// Our key for one handshake: fresh (NOISE-09), unless a fault prescribes another.
class EphemeralKey {
 public:
  // `low_order` is announced in place of the public key. All secrets are then what the peer must
  // compute from it: zeros.
  EphemeralKey(const std::optional<KeyPair>& prescribed, const std::optional<PublicKey>& low_order,
               RandomSource& random);

  const PublicKey& public_key() const { return key_pair_.public_key; }
  Result<SharedSecret> agree(const PublicKey& peer, const Guard& guard) const;

 private:
  KeyPair key_pair_;
  bool low_order_;
};

// The first 32 bytes as a key, missing ones as zero: for whoever has decided not to mind the
// length.
PublicKey fit_key(ByteView bytes);

}  // namespace doublecheck::noise
