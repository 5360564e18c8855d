#pragma once

#include <optional>

#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/signal/key_derivation.h"
#include "spec/signal/prekey.h"

// Extended Triple Diffie-Hellman (X3DH), the published Signal specification: how two devices come
// to a common secret when one of them is not there. Master secret FF × 32 ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4]
// (SESSION-01). Nothing if a key of the peer is of low order (KEY-06).
namespace doublecheck::signal {

// The device that has the other one's bundle. Whether the bundle is signed is the caller's to
// check.
std::optional<RootAndChain> x3dh_as_initiator(const KeyPair& identity_key, const KeyPair& base_key,
                                              const PrekeyBundle& bundle, const Guard& guard);

// The device that published the bundle; `one_time_prekey` is null if none was used.
std::optional<RootAndChain> x3dh_as_responder(const KeyPair& identity_key,
                                              const SignedPrekey& signed_prekey,
                                              const OneTimePrekey* one_time_prekey,
                                              const PublicKey& peer_identity_key,
                                              const PublicKey& peer_base_key, const Guard& guard);

}  // namespace doublecheck::signal
