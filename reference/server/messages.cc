#include "reference/server/messages.h"

#include <string>
#include <utility>
#include <vector>

#include "reference/server/limits.h"
#include "reference/server/message_parts.h"
#include "reference/server/phone_mail.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

void acknowledge(Turn& turn, Session& session, const wire::Node& message,
                 const MessageVerdict& verdict) {
  wire::Node ack = element("ack", {{"class", "message"}});
  if (const wire::Value* id = message.attribute("id")) ack.set("id", *id);
  const wire::Value* to = message.attribute("to");
  ack.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  ack.set("t", wire::Text(turn.timestamp()));
  if (!verdict.error.empty()) ack.set("error", wire::Text(verdict.error));
  if (!verdict.phash.empty()) ack.set("phash", wire::Text(verdict.phash));
  if (!verdict.server_id.empty()) ack.set("server_id", wire::Text(verdict.server_id));
  turn.send(session.id, std::move(ack));
}

// The copies of a message to a user. Devices of third parties and the sending device itself get
// nothing. Ciphertext outside of <participants> is for the one device that the message is addressed
// to.
Copies copies_of(Turn& turn, const Party& sender, const Account& recipient, const wire::Jid& to,
                 const wire::Node& message) {
  Copies copies = copies_in(turn, message);
  if (auto direct = encrypted_children(message); !direct.empty())
    copies.emplace(DeviceAddress{recipient.phone_number, to.device}, std::move(direct));
  std::erase_if(copies, [&](const auto& copy) {
    const auto& [address, encrypted] = copy;
    const bool own = address.phone_number == sender.account.phone_number;
    const bool stranger = !own && address.phone_number != recipient.phone_number;
    if (stranger) turn.count("drop.message.not_a_party");
    return stranger || encrypted.empty() || (own && address.device == sender.device.number);
  });
  return copies;
}

// The message as one device gets it (requirements of the delivered stanza, STANZA-64 ff.).
wire::Node delivered(const Turn& turn, const Party& sender, const wire::Jid& to,
                     const Account& recipient, bool to_own_device, const wire::Node& message,
                     std::vector<wire::Node> encrypted) {
  const bool by_lid = to.server == wire::server_name::kLid;
  wire::Node stanza = delivered_message(turn, sender.account, message, std::move(encrypted));
  stanza.set("from", by_lid ? sender.account.lid_jid(sender.device.number)
                            : sender.account.pn(sender.device.number));
  stanza.set("addressing_mode", by_lid ? "lid" : "pn");
  if (to_own_device) {
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
  return stanza;
}

MessageVerdict accept_direct_message(Turn& turn, const Party& sender, const wire::Jid& to,
                                     const wire::Node& message, ConnectionId connection) {
  Account* recipient = turn.state.directory.find(to);
  if (recipient == nullptr) {
    turn.log(connection, "refused message: nobody is " + to.to_string());
    return {message_error::kNoSuchChat};
  }
  if (message.text("category") == "peer") {
    if (recipient != &sender.account) return {message_error::kMalformed};
    const bool has_token =
        message.child("tctoken") != nullptr || message.child("cstoken") != nullptr;
    if (!turn.guard().holds(Rule::TOKEN_12, !has_token)) {
      turn.log(connection, "refused message: a token on a message to the own phone");
      return {message_error::kMalformed};
    }
    phone_receives(turn, sender.account.phone_number, sender, message);
    return {};
  }
  if (is_repeated(turn, sender.account, to, message)) return {};
  // A blocked sender is told nothing, and nothing arrives.
  if (!turn.guard().holds(Rule::ACCOUNT_21, !recipient->blocklist.contains(sender.account.lid))) {
    turn.count("drop.message.blocked");
    return {};
  }
  if (!turn.guard().holds(Rule::TOKEN_04, may_contact(turn, sender.account, *recipient, message))) {
    turn.log(connection, "refused message: " + to.to_string() + " demands a privacy token");
    return {message_error::kTokenRequired};
  }
  std::vector<Delivery> deliveries;
  for (auto& [address, encrypted] : copies_of(turn, sender, *recipient, to, message)) {
    const bool own = address.phone_number == sender.account.phone_number;
    deliveries.push_back(
        {address, delivered(turn, sender, to, *recipient, own, message, encrypted)});
  }
  if (!deliver_all(turn, connection, sender, std::move(deliveries)))
    return {message_error::kUnavailable};
  remember(sender.account, to, message);
  sender.account.contacted.insert(recipient->phone_number);
  return {};
}

// What is wrong with the shape of a message; empty when nothing is.
std::string shape_error(const Guard& guard, const wire::Node& message, bool encrypted) {
  const auto id = message.text("id");
  if (!id || id->empty()) return "a message without id";
  if (id->size() > kMaxMessageIdBytes) return "the id is longer than kMaxMessageIdBytes";
  if (!guard.holds(Rule::STANZA_133, message.has("type"))) return "a message without type";
  const bool has_payload =
      encrypted ? message.child("participants") != nullptr || message.child("enc") != nullptr
                : message.child("plaintext") != nullptr || message.child("reaction") != nullptr;
  if (!has_payload) {
    return "a message without payload";
  }
  if (const wire::Node* participants = message.child("participants");
      participants != nullptr && participants->children().size() > kMaxRecipientsPerMessage) {
    return "more than kMaxRecipientsPerMessage recipients";
  }
  return {};
}

MessageVerdict accept_message(Turn& turn, const Party& sender, const wire::Node& message,
                              ConnectionId connection) {
  const auto to = lenient_jid(message, "to");
  const bool is_post = to && to->server == wire::server_name::kNewsletter;
  if (const std::string wrong = shape_error(turn.guard(), message, !is_post); !wrong.empty()) {
    turn.log(connection, "refused message: " + wrong);
    return {message_error::kMalformed};
  }
  if (!to) {
    turn.log(connection, "refused message: `to` is missing or not a JID");
    return {message_error::kMalformed};
  }
  if (to->server == wire::server_name::kGroup)
    return accept_group_message(turn, sender, *to, message, connection);
  if (to->server == wire::server_name::kBroadcast && to->user == "status")
    return accept_status(turn, sender, message, connection);
  if (is_post) return accept_newsletter_message(turn, sender, *to, message, connection);
  if (to->server == wire::server_name::kBroadcast) {
    turn.log(connection, "refused message: " + std::string(to->server.view()) + " is not served");
    return {message_error::kNotImplemented};
  }
  return accept_direct_message(turn, sender, *to, message, connection);
}

}  // namespace

void route_message(Turn& turn, Session& session, const wire::Node& message) {
  const auto sender = party_of(turn.state, session);
  if (!sender) return;
  const MessageVerdict verdict = accept_message(turn, *sender, message, session.id);
  if (!verdict.error.empty()) turn.count("message.refused." + std::string(verdict.error));
  acknowledge(turn, session, message, verdict);
}

}  // namespace doublecheck::server
