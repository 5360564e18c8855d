#include "spec/signal/x3dh.h"

#include "spec/signal/public_key.h"

namespace doublecheck::signal {
namespace {

// Collects the results of Diffie-Hellman behind 32 bytes FF, which no encoded key starts with.
class MasterSecret {
 public:
  explicit MasterSecret(const Guard& guard) : guard_(guard), secret_(32, 0xff) {}

  void add(const KeyPair& own, const PublicKey& peer) {
    const std::optional<SharedSecret> shared = agree(own.private_key, peer, guard_);
    if (shared) {
      append(secret_, *shared);
    } else {
      valid_ = false;
    }
  }

  std::optional<RootAndChain> derive() const {
    if (!valid_) return std::nullopt;
    return derive_session_start(secret_);
  }

 private:
  const Guard& guard_;
  Bytes secret_;
  bool valid_ = true;
};

}  // namespace

std::optional<RootAndChain> x3dh_as_initiator(const KeyPair& identity_key, const KeyPair& base_key,
                                              const PrekeyBundle& bundle, const Guard& guard) {
  MasterSecret secret(guard);
  secret.add(identity_key, bundle.signed_prekey.key);
  secret.add(base_key, bundle.identity_key);
  secret.add(base_key, bundle.signed_prekey.key);
  if (bundle.one_time_prekey) secret.add(base_key, bundle.one_time_prekey->key);
  return secret.derive();
}

std::optional<RootAndChain> x3dh_as_responder(const KeyPair& identity_key,
                                              const SignedPrekey& signed_prekey,
                                              const OneTimePrekey* one_time_prekey,
                                              const PublicKey& peer_identity_key,
                                              const PublicKey& peer_base_key, const Guard& guard) {
  MasterSecret secret(guard);
  secret.add(signed_prekey.key, peer_identity_key);
  secret.add(identity_key, peer_base_key);
  secret.add(signed_prekey.key, peer_base_key);
  if (one_time_prekey != nullptr) secret.add(one_time_prekey->key, peer_base_key);
  return secret.derive();
}

}  // namespace doublecheck::signal
