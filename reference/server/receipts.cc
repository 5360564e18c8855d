#include <optional>
#include <string>
#include <vector>

#include "reference/server/delivery.h"
#include "reference/server/messages.h"
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
  for (const std::string_view name : {"id", "type", "participant"}) {
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

void forward_receipt(Turn& turn, const Party& reader, const wire::Jid& to,
                     const wire::Node& receipt) {
  Account* author = turn.state.directory.find(to);
  if (author == nullptr) {
    turn.count("drop.receipt.no_account");
    return;
  }
  const bool by_lid = to.server == wire::server_name::kLid;
  const auto reader_jid = [&](std::uint16_t device) {
    return by_lid ? reader.account.lid_jid(device) : reader.account.pn(device);
  };
  const Audience audience = audience_of(receipt.text("type"));
  if (audience == Audience::kOneDevice) {
    if (Device* device = turn.state.directory.find_device({author->phone_number, to.device})) {
      deliver(turn, *device, forwarded(turn, receipt, reader_jid(reader.device.number)));
    } else {
      turn.count("drop.receipt.no_device");
    }
  }
  if (audience == Audience::kAuthor || audience == Audience::kAuthorAndOwnDevices) {
    for (auto& [number, device] : author->devices) {
      if (&device == &reader.device) continue;
      deliver(turn, device, forwarded(turn, receipt, reader_jid(reader.device.number)));
    }
  }
  if ((audience == Audience::kOwnDevices || audience == Audience::kAuthorAndOwnDevices) &&
      author != &reader.account) {
    for (auto& [number, device] : reader.account.devices) {
      if (&device == &reader.device) continue;
      wire::Node own = forwarded(turn, receipt, reader_jid(0));
      own.set("recipient", to.account());
      deliver(turn, device, std::move(own));
    }
  }
}

}  // namespace

void route_receipt(Turn& turn, Session& session, const wire::Node& receipt) {
  const auto reader = party_of(turn.state, session);
  if (!reader) return;
  for (const std::string& id : ids_of(receipt)) settle(turn, session, "message", id);
  acknowledge_receipt(turn, session, receipt);
  // A client that reports a copy of its own message may leave out `to` (STANZA-92); nobody else
  // needs to know.
  if (const auto to = lenient_jid(receipt, "to")) forward_receipt(turn, *reader, *to, receipt);
}

}  // namespace doublecheck::server
