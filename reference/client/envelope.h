#pragma once

#include <optional>
#include <string>

#include "reference/client/mailbox.h"
#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// What the outside of a delivered message says.
struct Envelope {
  std::string id;
  wire::Jid from;                      // the device that sent it; in a shared chat its participant
  std::optional<wire::Jid> recipient;  // of the copy of an own message: the chat
  std::string time;                    // Unix seconds, as text; may be empty
  std::string push_name;

  Address sender;
  wire::Jid chat;
  bool from_me = false;    // another device of this account sent it
  bool is_peer = false;    // it is between the devices of this account
  bool is_shared = false;  // the chat is a group, or another of many (groups.h)
  bool is_offline = false;
  bool is_blocked = false;  // a chat with somebody whom the account wants nothing to do with

  MessageKey key(const Peers& peers) const {
    return {peers.address_of(chat), sender.account(), id};
  }
};

// Whether a JID names a user by phone number or LID: whom this client can exchange messages with.
bool is_user(const wire::Jid& jid);

// Nothing if the message lacks an id or a sender, also that in a shared chat. Learns which phone
// number and LID belong together (DEVICE-15).
std::optional<Envelope> read_envelope(Turn& turn, const wire::Node& message);

}  // namespace doublecheck::client
