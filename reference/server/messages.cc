#include "reference/server/messages.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/limits.h"
#include "reference/server/phone_mail.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// Errors of a message acknowledgement.
constexpr std::string_view kMalformed = "479";
constexpr std::string_view kNoSuchChat = "404";
constexpr std::string_view kNotImplemented = "501";
constexpr std::string_view kUnavailable = "503";

// Children that are for the server, or for one device only, and are not copied to recipients.
constexpr std::string_view kNotCopied[] = {"participants", "enc",     "device-identity",
                                           "reporting",    "tctoken", "cstoken"};

bool is_copied(const wire::Node& child) {
  return std::ranges::none_of(kNotCopied, [&](std::string_view tag) { return child.tag == tag; });
}

void acknowledge(Turn& turn, Session& session, const wire::Node& message, std::string_view error) {
  wire::Node ack = element("ack", {{"class", "message"}});
  if (const wire::Value* id = message.attribute("id")) ack.set("id", *id);
  const wire::Value* to = message.attribute("to");
  ack.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  ack.set("t", wire::Text(turn.timestamp()));
  if (!error.empty()) ack.set("error", wire::Text(error));
  turn.send(session.id, std::move(ack));
}

// One encrypted copy: for which device, and its `<enc>` elements.
struct Copy {
  DeviceAddress address;
  std::vector<wire::Node> encrypted;
};

// Who gets which ciphertext. Devices that do not exist, the sending device itself, and devices of
// third parties get nothing, and nobody gets a second copy.
std::vector<Copy> copies_of(Turn& turn, const Party& sender, const Account& recipient,
                            const wire::Jid& to, const wire::Node& message) {
  std::vector<Copy> copies;
  std::set<DeviceAddress> addresses;
  const auto add = [&](const wire::Jid& jid, std::vector<wire::Node> encrypted) {
    const Account* account = turn.state.directory.find(jid);
    if (account == nullptr || (account != &recipient && account != &sender.account)) {
      turn.count("drop.message.not_a_party");
      return;
    }
    if (account == &sender.account && jid.device == sender.device.number) return;
    DeviceAddress address{account->phone_number, jid.device};
    if (!addresses.insert(address).second) {
      turn.count("drop.message.second_copy");
      return;
    }
    copies.push_back({std::move(address), std::move(encrypted)});
  };
  const auto encrypted_children = [](const wire::Node& node) {
    std::vector<wire::Node> encrypted;
    for (const wire::Node& child : node.children()) {
      if (child.tag == "enc") encrypted.push_back(child);
    }
    return encrypted;
  };

  if (const wire::Node* participants = message.child("participants")) {
    for (const wire::Node& entry : participants->children()) {
      const auto jid = lenient_jid(entry, "jid");
      auto encrypted = encrypted_children(entry);
      if (entry.tag == "to" && jid && !encrypted.empty()) add(*jid, std::move(encrypted));
    }
  }
  // Ciphertext outside of <participants> is for the one device that the message is addressed to.
  if (auto direct = encrypted_children(message); !direct.empty()) add(to, std::move(direct));
  return copies;
}

// The message as one device gets it (requirements of the delivered stanza, STANZA-64 ff.).
wire::Node delivered(const Turn& turn, const Party& sender, const wire::Jid& to,
                     const Account& recipient, const Account& owner, const wire::Node& message,
                     std::vector<wire::Node> encrypted) {
  const bool by_lid = to.server == wire::server_name::kLid;
  const wire::Jid from = by_lid ? sender.account.lid_jid(sender.device.number)
                                : sender.account.pn(sender.device.number);

  wire::Node stanza = element("message");
  for (const std::string_view name : {"id", "type", "edit", "category"}) {
    if (const wire::Value* value = message.attribute(name)) stanza.set(name, *value);
  }
  stanza.set("from", from);
  stanza.set("t", wire::Text(turn.timestamp()));
  stanza.set("addressing_mode", by_lid ? "lid" : "pn");
  if (!sender.account.push_name.empty()) stanza.set("notify", wire::Text(sender.account.push_name));
  if (&owner == &sender.account) {
    // A copy for the sender's own device names the chat, and the chat's other form (STANZA-66).
    const wire::Jid* original = message.jid("recipient");
    stanza.set("recipient", original != nullptr ? original->account() : to.account());
    if (by_lid) {
      stanza.set("peer_recipient_pn", recipient.pn());
    } else {
      stanza.set("peer_recipient_lid", recipient.lid_jid());
    }
  } else if (by_lid) {
    stanza.set("sender_pn", sender.account.pn());
  } else {
    stanza.set("sender_lid", sender.account.lid_jid());
  }

  const bool starts_session = std::ranges::any_of(
      encrypted, [](const wire::Node& enc) { return enc.text("type") == "pkmsg"; });
  std::vector<wire::Node> children = std::move(encrypted);
  for (const wire::Node& child : message.children()) {
    if (is_copied(child) || (starts_session && child.tag == "device-identity"))
      children.push_back(child);
  }
  stanza.content = std::move(children);
  return stanza;
}

// What a message is known by when a client sends it again because its connection broke. A resend
// that answers a retry is a message of its own (STANZA-55, STANZA-56).
std::optional<AcceptedMessages::Message> key_of(const wire::Node& message, const wire::Jid& to) {
  const bool resend = message.text("device_fanout") == "false" || message.has("participant") ||
                      to.device != 0 ||
                      std::ranges::any_of(message.children(), [](const wire::Node& child) {
                        return child.tag == "enc" && child.has("count");
                      });
  if (resend) return std::nullopt;
  return AcceptedMessages::Message{to.account().to_string(), std::string(*message.text("id"))};
}

// What is wrong with the shape of a message; empty when nothing is.
std::string shape_error(const wire::Node& message) {
  const auto id = message.text("id");
  if (!id || id->empty()) return "a message without id";
  if (id->size() > kMaxMessageIdBytes) return "the id is longer than kMaxMessageIdBytes";
  if (!message.has("type")) return "a message without type";
  if (message.child("participants") == nullptr && message.child("enc") == nullptr) {
    return "a message without payload";
  }
  if (const wire::Node* participants = message.child("participants");
      participants != nullptr && participants->children().size() > kMaxRecipientsPerMessage) {
    return "more than kMaxRecipientsPerMessage recipients";
  }
  return {};
}

// Accepts or refuses; the result is the error code of the acknowledgement, empty for none.
std::string_view accept_message(Turn& turn, const Party& sender, const wire::Node& message,
                                ConnectionId connection) {
  if (const std::string wrong = shape_error(message); !wrong.empty()) {
    turn.log(connection, "refused message: " + wrong);
    return kMalformed;
  }
  const auto to = lenient_jid(message, "to");
  if (!to) {
    turn.log(connection, "refused message: `to` is missing or not a JID");
    return kMalformed;
  }
  if (to->server == wire::server_name::kGroup || to->server == wire::server_name::kBroadcast ||
      to->server == wire::server_name::kNewsletter) {
    turn.log(connection, "refused message: " + std::string(to->server.view()) + " is not served");
    return kNotImplemented;
  }
  Account* recipient = turn.state.directory.find(*to);
  if (recipient == nullptr) {
    turn.log(connection, "refused message: nobody is " + to->to_string());
    return kNoSuchChat;
  }
  if (message.text("category") == "peer") {
    if (recipient != &sender.account) return kMalformed;
    phone_receives(turn, {sender.account.phone_number, sender.device.number}, message);
    return {};
  }
  const auto key = key_of(message, *to);
  if (key && sender.account.accepted.contains(*key)) {
    turn.count("message.repeated");
    return {};
  }
  // A blocked sender is told nothing, and nothing arrives.
  if (recipient->blocklist.contains(sender.account.lid)) {
    turn.count("drop.message.blocked");
    return {};
  }
  std::vector<Copy> copies = copies_of(turn, sender, *recipient, *to, message);
  // For all devices or for none: what is acknowledged is delivered.
  for (const Copy& copy : copies) {
    const Device* device = turn.state.directory.find_device(copy.address);
    if (device == nullptr || !device->queue.full()) continue;
    turn.log(connection,
             "refused message: a device of the recipient has kMaxQueuedStanzas to come");
    return kUnavailable;
  }
  if (key) sender.account.accepted.add(*key);
  for (Copy& copy : copies) {
    Account& owner = *turn.state.directory.by_phone_number(copy.address.phone_number);
    if (Device* device = turn.state.directory.find_device(copy.address)) {
      deliver(turn, *device,
              delivered(turn, sender, *to, *recipient, owner, message, std::move(copy.encrypted)));
    } else {
      turn.count(copy.address.device == 0 ? "phone.message" : "drop.message.no_device");
    }
  }
  return {};
}

}  // namespace

void route_message(Turn& turn, Session& session, const wire::Node& message) {
  const auto sender = party_of(turn.state, session);
  if (!sender) return;
  const std::string_view error = accept_message(turn, *sender, message, session.id);
  if (!error.empty()) turn.count("message.refused." + std::string(error));
  acknowledge(turn, session, message, error);
}

}  // namespace doublecheck::server
