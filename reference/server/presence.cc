#include "reference/server/presence.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "reference/server/account_changes.h"
#include "reference/server/group_nodes.h"
#include "reference/server/limits.h"
#include "reference/server/privacy.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

bool is_available(const State& state, const Account& account) {
  return std::ranges::any_of(account.devices, [&](const auto& entry) {
    const Device& device = entry.second;
    const auto session =
        device.connection ? state.sessions.find(*device.connection) : state.sessions.end();
    if (session == state.sessions.end()) return false;
    const auto* login = std::get_if<LoggedInPhase>(&session->second.phase);
    return login != nullptr && login->available;
  });
}

// What `reader` is told of an account: what its privacy settings let others know. There are no
// address books here, so that "contacts" means everybody.
wire::Node presence_of(const State& state, const Guard& guard, const Account& account,
                       const wire::Jid& as_asked) {
  const bool tells_last = guard.holds(Rule::PRESENCE_02, account.privacy_of("last") != "none");
  const bool tells_online = account.privacy_of("online") != "match_last_seen" ? true : tells_last;
  const bool available = tells_online && is_available(state, account);
  wire::Node node = element("presence", {{"from", as_asked.account()}});
  if (available) return node;
  node.set("type", "unavailable");
  if (!tells_last) {
    node.set("last", "deny");
  } else if (account.last_seen) {
    node.set("last", wire::Text(std::to_string(account.last_seen->seconds())));
  }
  return node;
}

void tell(Turn& turn, ConnectionId reader_connection, const Account& reader, const Account& account,
          const wire::Jid& as_asked) {
  if (!turn.guard().holds(Rule::STANZA_114, !blocked(reader, account))) return;
  turn.send(reader_connection, presence_of(turn.state, turn.guard(), account, as_asked));
}

// Tells everybody who wants to know.
void tell_subscribers(Turn& turn, const Account& account) {
  for (auto& [id, session] : turn.state.sessions) {
    const auto* login = std::get_if<LoggedInPhase>(&session.phase);
    if (login == nullptr || !turn.guard().holds(Rule::PRESENCE_03, login->available)) continue;
    const auto asked = login->subscriptions.find(account.phone_number);
    const Account* reader = turn.state.directory.look_up(login->address.phone_number);
    if (asked != login->subscriptions.end() && reader != nullptr)
      tell(turn, id, *reader, account, asked->second);
  }
}

void subscribe(Turn& turn, Session& session, const Party& party, const wire::Node& presence) {
  LoggedInPhase& login = *session.in<LoggedInPhase>();
  const auto to = lenient_jid(presence, "to");
  const Account* account = to ? turn.state.directory.find(*to) : nullptr;
  if (account == nullptr) return turn.count("presence.of_nobody");
  if (presence.text("type") == "unsubscribe") {
    login.subscriptions.erase(account->phone_number);
    return;
  }
  if (!turn.guard().holds(Rule::TOKEN_10, may_contact(turn, party.account, *account, presence)))
    return turn.count("presence.without_token");
  if (login.subscriptions.size() >= kMaxSubscriptions &&
      !login.subscriptions.contains(account->phone_number)) {
    return turn.count("presence.too_many");
  }
  login.subscriptions[account->phone_number] = *to;
  if (turn.guard().holds(Rule::PRESENCE_03, login.available))
    tell(turn, session.id, party.account, *account, *to);
}

void change_availability(Turn& turn, Session& session, const Party& party, bool available) {
  LoggedInPhase& login = *session.in<LoggedInPhase>();
  if (login.available == available) return;
  const bool before = is_available(turn.state, party.account);
  login.available = available;
  const bool after = is_available(turn.state, party.account);
  if (before && !after) party.account.last_seen = turn.context.now.wall;
  if (before != after) tell_subscribers(turn, party.account);
  if (!available) return;
  // What it could not be told before.
  for (const auto& [phone_number, as_asked] : login.subscriptions) {
    if (const Account* account = turn.state.directory.look_up(phone_number))
      tell(turn, session.id, party.account, *account, as_asked);
  }
}

void rename(Turn& turn, const Party& party, std::string_view name) {
  if (name.size() > kMaxPushNameBytes) return turn.count("presence.name_too_long");
  if (party.account.push_name == name) return;
  party.account.push_name = name;
  wire::Node change = element("notification", {{"pushname", wire::Text(name)}});
  tell_own_devices(turn, party, std::move(change));
}

// Sends it to a device that is there, and keeps it for a while for one that is not.
void deliver_chat_state(Turn& turn, Device& device, const std::string& chat, wire::Node stanza) {
  if (device.ready && device.connection) return turn.send(*device.connection, std::move(stanza));
  if (device.chat_states.size() >= kMaxChatStates && !device.chat_states.contains(chat)) return;
  device.chat_states[chat] = {std::move(stanza),
                              turn.context.now.steady + turn.state.config.chat_state_ttl};
}

void deliver_to_group(Turn& turn, const Party& party, const Group& group,
                      const wire::Node& activity) {
  if (!turn.guard().holds(Rule::PRESENCE_07, group.has(party.account.phone_number)))
    return turn.count("drop.chatstate.not_a_member");
  wire::Node stanza = parent("chatstate", {activity}, {{"from", group.jid()}});
  stanza.set("participant", named_in(group, party.account, party.device.number));
  for (const auto& [phone_number, rank] : group.members) {
    Account* account = turn.state.directory.by_phone_number(phone_number);
    if (account == nullptr) continue;
    for (auto& [number, device] : account->devices) {
      if (&device == &party.device) continue;
      deliver_chat_state(turn, device, group.jid().to_string(), stanza);
    }
  }
}

}  // namespace

void receive_presence(Turn& turn, Session& session, const wire::Node& presence) {
  const auto party = party_of(turn.state, session);
  if (!party) return;
  const auto type = presence.text("type");
  if (type == "subscribe" || type == "unsubscribe")
    return subscribe(turn, session, *party, presence);
  if (const auto name = presence.text("name"); name && !name->empty()) rename(turn, *party, *name);
  if (type == "available" || type == "unavailable")
    change_availability(turn, session, *party, type == "available");
}

void receive_chat_state(Turn& turn, Session& session, const wire::Node& chat_state) {
  const auto party = party_of(turn.state, session);
  const auto to = lenient_jid(chat_state, "to");
  if (!party || !to || chat_state.children().size() != 1) return turn.count("chatstate.malformed");
  const wire::Node& activity = chat_state.children().front();
  if (activity.tag != "composing" && activity.tag != "paused")
    return turn.count("chatstate.malformed");
  if (const Group* group = turn.state.groups.look_up(to->user.view());
      group != nullptr && to->server == wire::server_name::kGroup) {
    return deliver_to_group(turn, *party, *group, activity);
  }
  Account* account = turn.state.directory.find(*to);
  if (account == nullptr || account == &party->account) return;
  if (!turn.guard().holds(Rule::STANZA_114, !blocked(*account, party->account))) return;
  const bool by_lid = to->server == wire::server_name::kLid;
  const wire::Jid from = by_lid ? party->account.lid_jid() : party->account.pn();
  for (auto& [number, device] : account->devices) {
    deliver_chat_state(turn, device, from.to_string(),
                       parent("chatstate", {activity}, {{"from", from}}));
  }
}

void deliver_kept_chat_states(Turn& turn, Device& device) {
  for (auto& [chat, kept] : std::exchange(device.chat_states, {})) {
    const bool fresh = kept.expires > turn.context.now.steady;
    if (device.connection && turn.guard().holds(Rule::PRESENCE_06, fresh))
      turn.send(*device.connection, std::move(kept.stanza));
  }
}

void note_departure(Turn& turn, const std::string& phone_number) {
  Account* account = turn.state.directory.by_phone_number(phone_number);
  if (account == nullptr || is_available(turn.state, *account)) return;
  account->last_seen = turn.context.now.wall;
  tell_subscribers(turn, *account);
}

}  // namespace doublecheck::server
