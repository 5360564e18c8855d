#include "spec/base/crypto.h"

#include <algorithm>

#include "spec/base/random.h"

// What is the same under every implementation of the primitives.
namespace doublecheck {

KeyPair KeyPair::generate(RandomSource& random) {
  // Clamped when made: libraries store and compare private keys in this form.
  PrivateKey private_key = random.array<32>();
  private_key[0] &= 0xf8;
  private_key[31] &= 0x7f;
  private_key[31] |= 0x40;
  return from_private(private_key);
}

std::optional<PublicKey> to_public_key(ByteView bytes) {
  if (bytes.size() != 32) return std::nullopt;
  PublicKey key;
  std::ranges::copy(bytes, key.begin());
  return key;
}

}  // namespace doublecheck
