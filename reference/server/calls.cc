#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/delivery.h"
#include "reference/server/other_stanzas.h"
#include "reference/server/stanzas.h"

// Calls: opaque signalling between the devices of two accounts.
namespace doublecheck::server {
namespace {

void acknowledge(Turn& turn, Session& session, const wire::Node& call) {
  wire::Node ack = element("ack", {{"class", "call"}});
  if (const wire::Value* id = call.attribute("id")) ack.set("id", *id);
  const wire::Value* to = call.attribute("to");
  ack.set("from", to != nullptr ? *to : wire::Value(wire::Jid::of_server()));
  if (!call.children().empty()) ack.set("type", wire::Text(call.children().front().tag));
  turn.send(session.id, std::move(ack));
}

// What one device gets of the action: of the ciphertexts, which <destination> holds for each
// device, its own alone. Nothing when there are such and none is for it.
std::optional<wire::Node> action_for(Turn& turn, const wire::Node& action, const Account& account,
                                     std::uint16_t number) {
  const wire::Node* destination = action.child("destination");
  if (destination == nullptr) return action;
  wire::Node own = element(action.tag, action.attributes);
  std::vector<wire::Node> children;
  for (const wire::Node& child : action.children()) {
    if (child.tag != "destination" && child.tag != "enc") children.push_back(child);
  }
  const std::size_t shared = children.size();
  for (const wire::Node& to : destination->children()) {
    const auto jid = lenient_jid(to, "jid");
    if (!jid || turn.state.directory.find(*jid) != &account || jid->device != number) continue;
    for (const wire::Node& enc : to.children()) {
      if (enc.tag == "enc") children.push_back(enc);
    }
  }
  if (children.size() == shared) return std::nullopt;
  own.content = std::move(children);
  return own;
}

void forward(Turn& turn, const Party& caller, const wire::Jid& to, const wire::Node& call) {
  Account* account = turn.state.directory.find(to);
  if (account == nullptr) return turn.count("drop.call.no_account");
  if (!turn.guard().holds(Rule::ACCOUNT_12, !account->blocklist.contains(caller.account.lid)))
    return turn.count("drop.call.blocked");
  if (call.children().size() != 1) return turn.count("call.malformed");
  const bool by_lid = to.server == wire::server_name::kLid;
  for (auto& [number, device] : account->devices) {
    if (&device == &caller.device || (to.device != 0 && to.device != number)) continue;
    auto action = action_for(turn, call.children().front(), *account, number);
    if (!action) continue;
    wire::Node stanza = parent("call", {*std::move(action)},
                               {{"from", by_lid ? caller.account.lid_jid(caller.device.number)
                                                : caller.account.pn(caller.device.number)},
                                {"id", wire::Text(turn.new_stanza_id())},
                                {"t", wire::Text(turn.timestamp())}});
    if (!caller.account.push_name.empty())
      stanza.set("notify", wire::Text(caller.account.push_name));
    for (const std::string_view name : {"platform", "version"}) {
      if (const wire::Value* value = call.attribute(name)) stanza.set(name, *value);
    }
    deliver(turn, device, std::move(stanza));
  }
}

}  // namespace

void route_call(Turn& turn, Session& session, const wire::Node& call) {
  const auto caller = party_of(turn.state, session);
  if (!caller) return;
  acknowledge(turn, session, call);
  if (const auto to = lenient_jid(call, "to")) forward(turn, *caller, *to, call);
}

}  // namespace doublecheck::server
