#pragma once

#include <cstdint>
#include <map>

#include "spec/base/random.h"
#include "spec/signal/prekey.h"

namespace doublecheck::client {

// The device's own keys, public halves of which the server hands out.
struct KeyStore final : signal::PrekeyStore {
  signal::LocalIdentity local;
  std::map<std::uint32_t, signal::SignedPrekey>
      signed_prekeys;  // with those that were replaced (PREKEY-13)
  std::uint32_t current_signed_prekey = 0;
  std::map<std::uint32_t, signal::OneTimePrekey> one_time_prekeys;
  std::uint32_t next_prekey_id = 1;

  static KeyStore generate(RandomSource& random);

  const signal::LocalIdentity& identity() const override { return local; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override;
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override;
  const signal::SignedPrekey& signed_prekey() const {
    return signed_prekeys.at(current_signed_prekey);
  }

  // Makes a new one-time key, and drops the oldest beyond kMaxOneTimePrekeys. A key goes to the
  // server once: one whose upload was not confirmed may have been handed out already.
  const signal::OneTimePrekey& add_one_time_prekey(RandomSource& random);

  // A one-time key has been used (SESSION-15).
  void consume(std::uint32_t id) { one_time_prekeys.erase(id); }
};

}  // namespace doublecheck::client
