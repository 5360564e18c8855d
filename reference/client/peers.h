#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "reference/client/address.h"
#include "reference/client/group_keys.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/signal/session_record.h"
#include "spec/wire/jid.h"

namespace doublecheck::client {

// By which an account says that it wants to hear from this one.
struct PrivacyToken {
  Bytes value;
  std::uint64_t t = 0;  // Unix seconds: when it was issued

  bool operator==(const PrivacyToken&) const = default;
};

// What the client knows of other devices.
struct Peers {
  std::map<Address, signal::SessionRecord> sessions;
  // The key with which a user's primary device vouches for the others, by account. The first one
  // seen is believed, and replaced only when the server announces a change or the primary device
  // itself shows another (DEVICE-07).
  std::map<Address, PublicKey> account_keys;
  std::map<std::string, std::string> lid_by_phone_number;
  GroupKeys groups;
  // The accounts that are blocked, and the server's name for this state of the list; empty: none is
  // known.
  std::set<Address> blocked;
  std::string block_list_hash;
  std::map<Address, PrivacyToken> privacy_tokens;  // by the account that has issued them

  Address address_of(const wire::Jid& jid) const;

  // The other name of an account, when it is known.
  std::optional<wire::Jid> other_name(const wire::Jid& account) const;

  // A phone number and a LID, in any order, are names of one user. Sessions move to the LID, unless
  // there is one already (DEVICE-16). Whether it was news; anything else than such a pair never is.
  bool learn(const wire::Jid& one, const wire::Jid& other);

  // The record of a device, empty at first; nullptr when kMaxSessions are kept.
  signal::SessionRecord* session(const Address& address);

  void trust(const Address& account, const PublicKey& key);
  const PublicKey* account_key(const Address& address) const;

  // A device is gone; a user has changed all keys (DEVICE-11, DEVICE-12).
  void forget_device(const Address& address);
  void forget_user(const Address& address);
};

}  // namespace doublecheck::client
