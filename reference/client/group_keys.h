#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "reference/client/address.h"
#include "spec/base/random.h"
#include "spec/signal/sender_key.h"
#include "spec/wire/jid.h"

// The keys that groups are written and read with.
namespace doublecheck::client {

// The key of this device in one group, and the devices that have been given it.
struct OwnGroupKey {
  signal::OwnSenderKey key;
  std::set<Address> holders;
};

// The key of another device in one group.
struct GroupSender {
  std::string group;  // JID as text
  Address sender;

  friend auto operator<=>(const GroupSender&, const GroupSender&) = default;
};

struct GroupKeys {
  std::map<std::string, OwnGroupKey> own;  // by group
  std::map<GroupSender, signal::SenderKeyRecord> others;

  // The key to write in a group with, made when there is none; nullptr when kMaxGroups have one.
  OwnGroupKey* own_key(const wire::Jid& group, RandomSource& random);
  // The record of a sender, empty at first; nullptr when kMaxGroupSenders are kept.
  signal::SenderKeyRecord* record(const GroupSender& sender);

  // A user has another name; has other keys, and holds none of ours; a device is gone.
  void rename(const Address& from, const Address& to);
  void forget_user(const Address& user);
  void forget_device(const Address& device);
};

}  // namespace doublecheck::client
