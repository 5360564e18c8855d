#include "reference/client/credentials.h"

namespace doublecheck::client {

Credentials Credentials::generate(RandomSource& random) {
  Credentials credentials;
  credentials.noise_key = KeyPair::generate(random);
  credentials.adv_secret = random.array<32>();
  credentials.keys = KeyStore::generate(random);
  return credentials;
}

}  // namespace doublecheck::client
