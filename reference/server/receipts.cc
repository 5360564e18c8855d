#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/delivery.h"
#include "reference/server/group_nodes.h"
#include "reference/server/messages.h"
#include "reference/server/phone_mail.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

// The ids that a receipt covers: its own, and those of its list.
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

void acknowledge_receipt(Turn& turn, Session& session, const wire::Node& receipt) {
  wire::Node ack = element("ack", {{"class", "receipt"}});
  if (const wire::Value* id = receipt.attribute("id")) ack.set("id", *id);
  const wire::Value* to = receipt.attribute("to");
  ack.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  if (const wire::Value* type = receipt.attribute("type")) ack.set("type", *type);
  if (const wire::Value* participant = receipt.attribute("participant"))
    ack.set("participant", *participant);
  turn.send(session.id, std::move(ack));
}

// The receipt as it is forwarded: everything that the reader said, from the reader, at this time. A
// plain delivery has no type (STANZA-82, STANZA-83), and to the author that of a device in the
// background is a plain delivery.
wire::Node forwarded(const Turn& turn, const wire::Node& receipt, wire::Jid from) {
  wire::Node stanza = element("receipt");
  for (const std::string_view name : {"id", "type"}) {
    if (const wire::Value* value = receipt.attribute(name)) stanza.set(name, *value);
  }
  if (stanza.text("type") == "inactive") stanza.remove("type");
  stanza.set("from", std::move(from));
  stanza.set("t", wire::Text(turn.timestamp()));
  if (!receipt.children().empty()) {
    stanza.content = std::vector<wire::Node>(receipt.children().begin(), receipt.children().end());
  }
  return stanza;
}

enum class Audience { kAuthor, kOneDevice, kOwnDevices, kAuthorAndOwnDevices, kPhone, kNobody };

Audience audience_of(std::optional<std::string_view> type) {
  if (!type || type == "inactive") return Audience::kAuthor;
  if (type == "read" || type == "played") return Audience::kAuthorAndOwnDevices;
  if (type == "retry" || type == "enc_rekey_retry") return Audience::kOneDevice;
  if (type == "read-self" || type == "played-self") return Audience::kOwnDevices;
  if (type == "peer_msg" || type == "hist_sync" || type == "server-error") return Audience::kPhone;
  return Audience::kNobody;
}

// A reader who does not want authors to know tells his own devices alone, whatever his client says
// (STANZA-132).
Audience audience_of(const Turn& turn, const Account& reader,
                     std::optional<std::string_view> type) {
  const Audience audience = audience_of(type);
  if (audience != Audience::kAuthorAndOwnDevices) return audience;
  const bool tells = reader.privacy_of("readreceipts") != "none";
  return turn.guard().holds(Rule::STANZA_132, tells) ? audience : Audience::kOwnDevices;
}

// For whom a receipt is, and how it names whom it is from and about.
struct Route {
  Account& author;
  std::uint16_t device = 0;  // of the author, for what only one device is to get
  // For the author, from this device of the reader or from its account; for the reader's own
  // devices.
  std::function<wire::Node(std::uint16_t)> to_author;
  std::function<wire::Node()> to_own;
};

void forward(Turn& turn, const Party& reader, Audience audience, const Route& route) {
  if (audience == Audience::kOneDevice) {
    if (Device* device =
            turn.state.directory.find_device({route.author.phone_number, route.device})) {
      deliver(turn, *device, route.to_author(reader.device.number));
    } else {
      turn.count("drop.receipt.no_device");
    }
  }
  if (audience == Audience::kAuthor || audience == Audience::kAuthorAndOwnDevices) {
    for (auto& [number, device] : route.author.devices) {
      if (&device != &reader.device) deliver(turn, device, route.to_author(reader.device.number));
    }
  }
  if ((audience == Audience::kOwnDevices || audience == Audience::kAuthorAndOwnDevices) &&
      &route.author != &reader.account) {
    for (auto& [number, device] : reader.account.devices) {
      if (&device != &reader.device) deliver(turn, device, route.to_own());
    }
  }
}

void forward_direct(Turn& turn, const Party& reader, const wire::Jid& to,
                    const wire::Node& receipt) {
  Account* author = turn.state.directory.find(to);
  if (author == nullptr) return turn.count("drop.receipt.no_account");
  // What the phone has written it keeps to itself.
  if (author == &reader.account && to.device == 0) {
    if (receipt.text("type") == "server-error") answer_media_retry(turn, reader, receipt);
    return turn.count("phone.receipt");
  }
  const bool by_lid = to.server == wire::server_name::kLid;
  const auto from = [&](std::uint16_t device) {
    wire::Node node = forwarded(
        turn, receipt, by_lid ? reader.account.lid_jid(device) : reader.account.pn(device));
    if (const wire::Value* participant = receipt.attribute("participant"))
      node.set("participant", *participant);
    return node;
  };
  forward(turn, reader, audience_of(turn, reader.account, receipt.text("type")),
          {.author = *author, .device = to.device, .to_author = from, .to_own = [&] {
             wire::Node own = from(0);
             own.set("recipient", to.account());
             return own;
           }});
}

// In a group `participant` is whose message it is; the receipt reaches him from the group, and
// `participant` is who has it (STANZA-86).
void forward_in(Turn& turn, const Party& reader, const wire::Jid& to, const wire::Node& receipt) {
  const Group* group = turn.state.groups.look_up(to.user.view());
  const auto participant = lenient_jid(receipt, "participant");
  Account* author = participant ? turn.state.directory.find(*participant) : nullptr;
  if (group == nullptr || author == nullptr) return turn.count("drop.receipt.no_account");
  // Who has left still has what he was sent before.
  const std::string& account = reader.account.phone_number;
  if (!turn.guard().holds(Rule::GROUP_37, group->has(account) || group->former.contains(account))) {
    return turn.count("drop.receipt.not_a_member");
  }
  forward(turn, reader, audience_of(turn, reader.account, receipt.text("type")),
          {.author = *author,
           .device = participant->device,
           .to_author =
               [&](std::uint16_t device) {
                 wire::Node node = forwarded(turn, receipt, group->jid());
                 set_participant(node, *group, reader.account, device);
                 return node;
               },
           .to_own =
               [&] {
                 wire::Node node = forwarded(turn, receipt, group->jid());
                 set_participant(node, *group, reader.account);
                 node.set("recipient", named_in(*group, *author));
                 if (node.text("type") == "read") node.set("type", "read-self");
                 if (node.text("type") == "played") node.set("type", "played-self");
                 return node;
               }});
}

// That of a status reaches its author alone.
void forward_of_status(Turn& turn, const Party& reader, const wire::Jid& to,
                       const wire::Node& receipt) {
  const auto participant = lenient_jid(receipt, "participant");
  Account* author = participant ? turn.state.directory.find(*participant) : nullptr;
  if (author == nullptr) return turn.count("drop.receipt.no_account");
  const bool by_lid = participant->server == wire::server_name::kLid;
  const auto to_author = [&](std::uint16_t device) {
    wire::Node node = forwarded(turn, receipt, to.account());
    node.set("participant", by_lid ? reader.account.lid_jid(device) : reader.account.pn(device));
    return node;
  };
  forward(turn, reader, audience_of(turn, reader.account, receipt.text("type")),
          {.author = *author, .device = participant->device, .to_author = to_author, .to_own = [&] {
             return to_author(0);
           }});
}

}  // namespace

void route_receipt(Turn& turn, Session& session, const wire::Node& receipt) {
  const auto reader = party_of(turn.state, session);
  if (!reader) return;
  // Some clients answer the offer of a call by a receipt, with an ack or without (CALL-31).
  const std::string_view settled = receipt.child("offer") != nullptr ? "call" : "message";
  for (const std::string& id : ids_of(receipt)) settle(turn, session, settled, id);
  acknowledge_receipt(turn, session, receipt);
  // A client that reports a copy of its own message may leave out `to` (STANZA-92); nobody else
  // needs to know.
  const auto to = lenient_jid(receipt, "to");
  if (!to) return;
  if (to->server == wire::server_name::kGroup) return forward_in(turn, *reader, *to, receipt);
  if (to->server == wire::server_name::kBroadcast)
    return forward_of_status(turn, *reader, *to, receipt);
  forward_direct(turn, *reader, *to, receipt);
}

}  // namespace doublecheck::server
