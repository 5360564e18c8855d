#include "spec/signal/prekey.h"

#include "spec/signal/public_key.h"

namespace doublecheck::signal {

LocalIdentity LocalIdentity::generate(RandomSource& random) {
  LocalIdentity identity;
  identity.identity_key = KeyPair::generate(random);
  identity.registration_id =
      kMinRegistrationId +
      static_cast<std::uint32_t>(random.below(kMaxRegistrationId - kMinRegistrationId + 1));
  return identity;
}

SignedPrekey SignedPrekey::generate(std::uint32_t id, const KeyPair& identity_key,
                                    RandomSource& random) {
  SignedPrekey prekey{.id = id, .key = KeyPair::generate(random)};
  prekey.signature =
      xeddsa_sign(identity_key.private_key, encode_public_key(prekey.key.public_key), random);
  return prekey;
}

OneTimePrekey OneTimePrekey::generate(std::uint32_t id, RandomSource& random) {
  return {.id = id, .key = KeyPair::generate(random)};
}

PrekeyBundle PrekeyBundle::of(const LocalIdentity& identity, const SignedPrekey& signed_prekey,
                              const OneTimePrekey* one_time_prekey) {
  PrekeyBundle bundle{.registration_id = identity.registration_id,
                      .identity_key = identity.identity_key.public_key,
                      .signed_prekey = {.id = signed_prekey.id,
                                        .key = signed_prekey.key.public_key,
                                        .signature = signed_prekey.signature},
                      .one_time_prekey = std::nullopt};
  if (one_time_prekey != nullptr) {
    bundle.one_time_prekey = {.id = one_time_prekey->id, .key = one_time_prekey->key.public_key};
  }
  return bundle;
}

bool PrekeyBundle::is_signed() const {
  return xeddsa_verify(identity_key, encode_public_key(signed_prekey.key), signed_prekey.signature);
}

}  // namespace doublecheck::signal
