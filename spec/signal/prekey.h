#pragma once

#include <cstdint>
#include <optional>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/signal/limits.h"

// The keys that a device publishes, so that others can start a session while it is offline.
namespace doublecheck::signal {

// What a device is to its peers.
struct LocalIdentity {
  KeyPair identity_key;
  std::uint32_t registration_id = 0;

  // Draws the key, then the registration id from kMinRegistrationId to kMaxRegistrationId.
  static LocalIdentity generate(RandomSource& random);
};

// The id to give out after this one: after kMaxPrekeyId they start over. That an id in use is not
// given out again is the owner's to see to (KEY-15).
constexpr std::uint32_t next_prekey_id(std::uint32_t id) {
  return id >= kMaxPrekeyId ? kMinPrekeyId : id + 1;
}

struct SignedPrekey {
  std::uint32_t id = 0;
  KeyPair key;
  Signature signature{};  // by the identity key, over the 33-byte form of the public key (KEY-12)

  // Draws the key, then the nonce of the signature.
  static SignedPrekey generate(std::uint32_t id, const KeyPair& identity_key, RandomSource& random);
};

struct OneTimePrekey {
  std::uint32_t id = 0;
  KeyPair key;

  static OneTimePrekey generate(std::uint32_t id, RandomSource& random);
};

// What a server hands out for a device.
struct PrekeyBundle {
  struct Signed {
    std::uint32_t id = 0;
    PublicKey key{};
    Signature signature{};

    bool operator==(const Signed&) const = default;
  };
  struct OneTime {
    std::uint32_t id = 0;
    PublicKey key{};

    bool operator==(const OneTime&) const = default;
  };

  std::uint32_t registration_id = 0;
  PublicKey identity_key{};
  Signed signed_prekey;
  std::optional<OneTime> one_time_prekey;  // none when the server has run out (SESSION-03)

  // The bundle of a device itself; `one_time_prekey` may be null.
  static PrekeyBundle of(const LocalIdentity& identity, const SignedPrekey& signed_prekey,
                         const OneTimePrekey* one_time_prekey);

  // Whether the identity key has signed the signed prekey (SESSION-04).
  bool is_signed() const;

  bool operator==(const PrekeyBundle&) const = default;
};

// A device's own keys, as decryption looks them up. The owner deletes a one-time prekey when
// decryption reports that it was consumed, and keeps earlier signed prekeys for messages that are
// under way (PREKEY-13).
class PrekeyStore {
 public:
  virtual ~PrekeyStore() = default;

  virtual const LocalIdentity& identity() const = 0;

  // Null if there is none with that id. The result lives until the store is changed.
  virtual const SignedPrekey* signed_prekey(std::uint32_t id) const = 0;
  virtual const OneTimePrekey* one_time_prekey(std::uint32_t id) const = 0;
};

}  // namespace doublecheck::signal
