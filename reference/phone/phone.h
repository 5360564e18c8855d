#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/payload/message.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_cipher.h"
#include "spec/signal/session_record.h"

// A simulated primary device. It vouches for companions, shares keys and history with them over
// sessions of its own, writes to other accounts, and is device 0 of its account in the key
// directory. Everything that makes it this phone is drawn from its random stream.
namespace doublecheck::phone {

// A device that the phone has a session with.
struct Correspondent {
  std::string phone_number;  // of its account; empty: the phone's own
  std::uint16_t device = 0;

  friend auto operator<=>(const Correspondent&, const Correspondent&) = default;
};

class Phone final : public signal::PrekeyStore {
 public:
  explicit Phone(RandomSource& random);

  // The account's identity: signs companions and the list of their key indexes.
  const KeyPair& identity_key() const { return identity_.identity_key; }
  // Names this set of companions; another phone has another.
  std::uint32_t raw_id() const { return raw_id_; }

  // The content of `key-index-list`: which companions are to be believed.
  Bytes sign_key_index_list(const std::vector<std::uint32_t>& valid_indexes,
                            Context& context) const;

  // ---- Its own keys, as the directory publishes them and decryption looks them up.

  const signal::LocalIdentity& identity() const override { return identity_; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override;
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override;
  const signal::SignedPrekey& signed_prekey() const { return signed_prekey_; }
  const std::map<std::uint32_t, signal::OneTimePrekey>& one_time_prekeys() const {
    return one_time_prekeys_;
  }

  // ---- Mail

  // Encrypts for a device what is padded already. The first time it starts a session from the
  // device's bundle.
  Result<signal::Encrypted> write(const Correspondent& to, const signal::PrekeyBundle& bundle,
                                  ByteView padded, Context& context);
  // Decrypts and unpads: an encoded payload::Message, which is not looked at.
  Result<Bytes> read(const Correspondent& from, signal::MessageType type, ByteView ciphertext,
                     Context& context);
  // The device is gone; a later one with its number is somebody else.
  void forget(const Correspondent& gone) { sessions_.erase(gone); }

  // The keys that app state is encrypted under: the same for every companion.
  payload::AppStateSyncKeyShare share_keys() const;
  // Those asked for, with empty data for one that does not exist.
  payload::AppStateSyncKeyShare answer(const payload::AppStateSyncKeyRequest& request) const;

  // ---- At rest: everything, secrets as well.

  Bytes serialize() const;
  static Result<Phone> restore(ByteView serialized);

 private:
  Phone() = default;

  signal::LocalIdentity identity_;
  std::uint32_t raw_id_ = 0;
  signal::SignedPrekey signed_prekey_;
  std::map<std::uint32_t, signal::OneTimePrekey> one_time_prekeys_;
  std::map<Correspondent, signal::SessionRecord> sessions_;
  payload::AppStateSyncKey app_state_key_;
};

}  // namespace doublecheck::phone
