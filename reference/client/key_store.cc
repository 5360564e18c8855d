#include "reference/client/key_store.h"

#include "reference/client/limits.h"
#include "spec/signal/limits.h"

namespace doublecheck::client {

KeyStore KeyStore::generate(RandomSource& random) {
  KeyStore keys;
  keys.local = signal::LocalIdentity::generate(random);
  keys.current_signed_prekey = signal::kMinPrekeyId;
  keys.signed_prekeys.emplace(
      keys.current_signed_prekey,
      signal::SignedPrekey::generate(keys.current_signed_prekey, keys.local.identity_key, random));
  return keys;
}

const signal::SignedPrekey* KeyStore::signed_prekey(std::uint32_t id) const {
  const auto found = signed_prekeys.find(id);
  return found == signed_prekeys.end() ? nullptr : &found->second;
}

const signal::OneTimePrekey* KeyStore::one_time_prekey(std::uint32_t id) const {
  const auto found = one_time_prekeys.find(id);
  return found == one_time_prekeys.end() ? nullptr : &found->second;
}

const signal::OneTimePrekey& KeyStore::add_one_time_prekey(RandomSource& random) {
  // Ids are given out in turn, so the oldest key is the first one at or after the next id.
  if (one_time_prekeys.size() >= kMaxOneTimePrekeys) {
    auto oldest = one_time_prekeys.lower_bound(next_prekey_id);
    if (oldest == one_time_prekeys.end()) oldest = one_time_prekeys.begin();
    one_time_prekeys.erase(oldest);
  }
  const auto following = [](std::uint32_t id) { return id % signal::kMaxPrekeyId + 1; };
  while (one_time_prekeys.contains(next_prekey_id)) next_prekey_id = following(next_prekey_id);
  const std::uint32_t id = next_prekey_id;
  next_prekey_id = following(id);
  return one_time_prekeys.emplace(id, signal::OneTimePrekey::generate(id, random)).first->second;
}

}  // namespace doublecheck::client
