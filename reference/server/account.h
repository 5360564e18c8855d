#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reference/phone/phone.h"
#include "reference/server/accepted_messages.h"
#include "reference/server/key_directory.h"
#include "reference/server/picture.h"
#include "reference/server/queue.h"
#include "spec/base/crypto.h"
#include "spec/base/time.h"
#include "spec/trace/record.h"
#include "spec/wire/jid.h"
#include "spec/wire/node.h"

// Accounts and their devices: what the server remembers about a user while no connection is open.
namespace doublecheck::server {

using trace::ConnectionId;

// A device of an account, by number; device 0 may be the phone.
struct DeviceAddress {
  std::string phone_number;
  std::uint16_t device = 0;

  friend auto operator<=>(const DeviceAddress&, const DeviceAddress&) = default;
};

// A companion device. The primary, device 0, is the account's simulated phone and has no entry.
struct Device {
  std::uint16_t number = 0;
  std::uint32_t key_index = 0;
  PublicKey noise_key{};  // whoever logs in as this device must hold this static key (PAYLOAD-10)
  Bytes signed_identity;  // ADVSignedDeviceIdentity, complete, as other devices get it
  KeyDirectory keys;
  OfflineQueue queue;

  std::optional<ConnectionId> connection;  // the one logged-in connection, if any
  bool ready = false;                      // it has asked for `active`: stanzas are pushed
  bool greeted = false;                    // the phone has shared its keys and history

  // The last chat state of each chat that came while the device was away. Not kept over a restart.
  struct KeptChatState {
    wire::Node stanza;
    Instant expires;
  };
  std::map<std::string, KeptChatState> chat_states;
};

// A collection of app state: opaque patches in order; version = their number.
struct Collection {
  std::vector<Bytes> patches;
  std::uint64_t version() const { return patches.size(); }
};

// What an account demands of strangers (TOKEN requirements).
struct ContactPolicy {
  bool token_required = false;
  bool accept_tctoken = true;  // that it has issued itself
  bool accept_cstoken = true;  // made from the sender's first-contact salt

  friend bool operator==(const ContactPolicy&, const ContactPolicy&) = default;
};

// The secret from which an account makes tokens for those it has never heard of.
struct FirstContactSalt {
  Bytes value;
  bool in_history = false;  // whether the phone tells it to new companions

  friend bool operator==(const FirstContactSalt&, const FirstContactSalt&) = default;
};

// What the phone has read. Not kept over a restart.
struct PhoneMessage {
  DeviceAddress from;
  std::string id;
  UnixTime at;
  Bytes content;  // an encoded payload::Message
};

struct Account {
  std::string phone_number;  // digits: the user of the PN
  std::string lid;           // digits: the user of the LID
  std::string name;          // that the account was made with, and is found by
  std::string push_name;

  phone::Phone phone;
  KeyDirectory phone_keys;  // of the phone as device 0
  std::uint32_t next_key_index = 1;
  std::map<std::uint16_t, Device> devices;

  std::map<std::string, std::string> props;    // A/B props that differ from the server's
  std::map<std::string, std::string> privacy;  // category -> value
  std::set<std::string> blocklist;             // LID users
  std::map<std::string, Collection> app_state;

  std::string status;  // the text that others see
  std::optional<UnixTime> status_at;
  std::uint32_t disappearing_seconds = 0;  // of messages in new chats; 0: never
  std::optional<UnixTime> disappearing_at;
  std::optional<UnixTime> last_seen;  // the end of the last time that it was available

  std::optional<Picture> picture = {};

  // The phone numbers of those who have asked the directory about it: they hear of changes.
  std::set<std::string> watchers;

  ContactPolicy contact_policy = {};
  std::optional<FirstContactSalt> salt = {};
  // The phone numbers of those to whom it has written: they need no token (TOKEN-09).
  std::set<std::string> contacted = {};

  std::deque<PhoneMessage> phone_messages = {};  // at most kMaxPhoneMessages, the newest last

  AcceptedMessages accepted;

  // The value of a privacy setting of which "all" is the first one.
  std::string_view privacy_of(const std::string& category) const {
    const auto chosen = privacy.find(category);
    return chosen == privacy.end() ? std::string_view("all") : std::string_view(chosen->second);
  }

  wire::Jid pn(std::uint16_t device = 0) const { return wire::Jid::of_user(phone_number, device); }
  wire::Jid lid_jid(std::uint16_t device = 0) const { return wire::Jid::of_lid(lid, device); }
};

}  // namespace doublecheck::server
