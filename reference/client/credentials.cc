#include "reference/client/credentials.h"

namespace doublecheck::client {

Credentials Credentials::generate(RandomSource& random) {
  Credentials credentials;
  credentials.noise_key = KeyPair::generate(random);
  credentials.adv_secret = random.array<32>();
  credentials.keys = KeyStore::generate(random);
  return credentials;
}

bool Credentials::learn(const wire::Jid& one, const wire::Jid& other) {
  if (is_own(peers.address_of(one)) || is_own(peers.address_of(other))) return false;
  return peers.learn(one, other);
}

}  // namespace doublecheck::client
