#include "reference/client/receipts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

// The type of a receipt that says how far a message has come; nothing for others.
std::optional<ReceiptType> progress(std::optional<std::string_view> type) {
  if (!type || type == "inactive") return ReceiptType::kDelivered;
  if (type == "read") return ReceiptType::kRead;
  if (type == "played") return ReceiptType::kPlayed;
  return std::nullopt;
}

// Its own id, and those of its list.
std::vector<std::string> ids_of(const wire::Node& receipt) {
  std::vector<std::string> ids;
  if (const auto id = receipt.text("id")) ids.emplace_back(*id);
  if (const wire::Node* list = receipt.child("list")) {
    for (const wire::Node& item : list->children()) {
      if (const auto id = item.text("id")) ids.emplace_back(*id);
    }
  }
  return ids;
}

}  // namespace

void send_delivery_receipt(Turn& turn, const Envelope& envelope, bool is_history) {
  wire::Node receipt = element("receipt", {{"id", wire::Text(envelope.id)}});
  if (envelope.is_peer) {
    receipt.set("to", turn.state.credentials.account->jid.account());
    receipt.set("type", is_history ? "hist_sync" : "peer_msg");
  } else if (envelope.is_shared) {
    receipt.set("to", envelope.chat);
    receipt.set("participant", envelope.from);
    if (envelope.from_me) {
      receipt.set("type", "sender");
    } else if (!turn.state.is_available()) {
      receipt.set("type", "inactive");
    }
  } else if (envelope.from_me) {
    receipt.set("to", envelope.from);
    receipt.set("type", "sender");
    receipt.set("recipient", envelope.chat);
  } else {
    receipt.set("to", envelope.from);
    if (!turn.state.is_available()) receipt.set("type", "inactive");
  }
  turn.send(std::move(receipt));
}

void mark_read(Turn& turn, CommandId command, const MarkRead& read) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (read.ids.empty() || read.ids.size() > kMaxMarkedRead) {
    return turn.fail_command(command, "between 1 and kMaxMarkedRead ids can be marked");
  }
  const bool shown =
      turn.guard().holds(Rule::STANZA_89, turn.state.credentials.sends_read_receipts &&
                                              read.chat.server != wire::server_name::kNewsletter);
  wire::Node receipt =
      element("receipt", {{"id", wire::Text(read.ids.front())},
                          {"to", read.chat.account()},
                          {"type", shown ? "read" : "read-self"},
                          {"t", wire::Text(std::to_string(turn.context.now.wall.seconds()))}});
  if (!read.sender.empty()) {
    const auto sender = wire::parse_jid(read.sender);
    if (!sender) return turn.fail_command(command, sender.error().to_string());
    receipt.set("participant", sender->account());
  }
  if (read.ids.size() > 1) {
    std::vector<wire::Node> items;
    for (std::size_t i = 1; i < read.ids.size(); ++i)
      items.push_back(element("item", {{"id", wire::Text(read.ids[i])}}));
    receipt.content = std::vector<wire::Node>{parent("list", std::move(items))};
  }
  turn.send(std::move(receipt));
  turn.done(command);
}

void receive_receipt(Turn& turn, const wire::Node& receipt) {
  const wire::Jid* from = receipt.jid("from");
  if (from == nullptr) return;
  const auto type = receipt.text("type");
  const auto reached = progress(type);
  const Credentials& credentials = turn.state.credentials;
  const wire::Jid* participant = receipt.jid("participant");
  const wire::Jid& reader = participant == nullptr ? *from : *participant;
  const bool from_me = credentials.is_own(credentials.peers.address_of(reader));
  if (!reached || from_me) return;  // what own devices have done is not news of a message's way
  for (std::string& id : ids_of(receipt)) {
    turn.notify(ReceiptReceived{
        .chat = from->account(), .id = std::move(id), .type = *reached, .from = reader});
  }
}

}  // namespace doublecheck::client
