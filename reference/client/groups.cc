#include "reference/client/groups.h"

#include <algorithm>
#include <utility>

#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

wire::Node group_query(const wire::Jid& to, std::string_view type, wire::Node child) {
  wire::Node query = query_node("w:g2", type, {std::move(child)});
  query.set("to", to);
  return query;
}

wire::Node participants(std::string_view tag, const std::vector<wire::Jid>& accounts) {
  std::vector<wire::Node> children;
  for (const wire::Jid& account : accounts)
    children.push_back(element("participant", {{"jid", account.account()}}));
  return parent(tag, std::move(children));
}

// Both names of somebody in a group.
void learn_names(Turn& turn, const wire::Node& participant) {
  const wire::Jid* jid = participant.jid("jid");
  if (jid == nullptr) return;
  for (const std::string_view name : {"phone_number", "lid"}) {
    const wire::Jid* other = participant.jid(name);
    if (other != nullptr && turn.state.credentials.learn(*jid, *other)) turn.changed();
  }
}

GroupInfo read_group(Turn& turn, const wire::Node& group) {
  GroupInfo info{.by_lid = group.text("addressing_mode") == "lid", .members = {}, .ephemeral = {}};
  for (const wire::Node& child : group.children()) {
    if (child.tag == "ephemeral") {
      if (const auto seconds = child.text("expiration")) info.ephemeral = std::string(*seconds);
    }
    const wire::Jid* jid = child.jid("jid");
    if (child.tag != "participant" || jid == nullptr || !is_user(*jid) || child.has("error") ||
        info.members.size() >= kMaxGroupMembers) {
      continue;
    }
    learn_names(turn, child);
    info.members.push_back(jid->account());
  }
  return info;
}

// Whether a command can be carried out now; the command has failed otherwise.
bool is_ready(Turn& turn, CommandId command, const std::vector<wire::Jid>& accounts) {
  if (!turn.state.is_open()) {
    turn.fail_command(command, "not connected");
  } else if (!std::ranges::all_of(accounts, is_user) || accounts.size() > kMaxGroupMembers) {
    turn.fail_command(command, "at most kMaxGroupMembers users can be in a group");
  } else {
    return true;
  }
  return false;
}

}  // namespace

bool is_shared(const wire::Jid& chat) {
  return chat.server == wire::server_name::kGroup || chat.server == wire::server_name::kBroadcast;
}

void find_group(Turn& turn, const wire::Jid& group, GroupHandler then) {
  turn.query(group_query(group, "get", element("query", {{"request", "interactive"}})), kIqTimeout,
             [then = std::move(then)](Turn& later, const IqAnswer& answer) {
               if (!answer) return then(later, std::unexpected(answer.error()));
               const wire::Node* node = (*answer)->child("group");
               if (node == nullptr)
                 return then(later, std::unexpected(IqFailure{.text = "the answer has no group"}));
               then(later, read_group(later, *node));
             });
}

void create_group(Turn& turn, CommandId command, const CreateGroup& create) {
  if (!is_ready(turn, command, create.participants)) return;
  wire::Node child = participants("create", create.participants);
  child.set("subject", wire::Text(create.subject));
  turn.query(group_query(wire::Jid::of_server(wire::server_name::kGroup), "set", std::move(child)),
             kIqTimeout, [command](Turn& later, const IqAnswer& answer) {
               if (!answer) return later.fail_command(command, answer.error().to_string());
               const wire::Node* node = (*answer)->child("group");
               const auto id = node == nullptr ? std::nullopt : node->text("id");
               if (!id) return later.fail_command(command, "the answer has no group");
               later.notify(CommandDone{.command = command,
                                        .group = wire::Jid{*id, wire::server_name::kGroup, 0, 0}});
             });
}

void update_group(Turn& turn, CommandId command, const UpdateGroup& update) {
  constexpr std::string_view kActions[] = {"add", "remove", "promote", "demote"};
  if (!is_ready(turn, command, update.participants)) return;
  if (std::ranges::find(kActions, update.action) == std::ranges::end(kActions))
    return turn.fail_command(command, "members are added, removed, promoted or demoted");
  turn.query(group_query(update.group, "set", participants(update.action, update.participants)),
             kIqTimeout, [command, action = update.action](Turn& later, const IqAnswer& answer) {
               if (!answer) return later.fail_command(command, answer.error().to_string());
               const wire::Node* results = (*answer)->child(action);
               if (results == nullptr)
                 return later.fail_command(command, "the answer does not say what was done");
               for (const wire::Node& result : results->children()) {
                 const auto error = result.text("error");
                 if (!error || error == "200") continue;
                 return later.fail_command(
                     command, "a participant was refused with error " + std::string(*error));
               }
               later.done(command);
             });
}

void leave_group(Turn& turn, CommandId command, const LeaveGroup& leave) {
  if (!is_ready(turn, command, {})) return;
  wire::Node group = element("group", {{"id", leave.group}});
  turn.query(group_query(wire::Jid::of_server(wire::server_name::kGroup), "set",
                         parent("leave", {std::move(group)})),
             kIqTimeout, [command, jid = leave.group](Turn& later, const IqAnswer& answer) {
               if (!answer) return later.fail_command(command, answer.error().to_string());
               later.state.credentials.peers.groups.own.erase(jid.to_string());
               later.changed();
               later.done(command);
             });
}

void receive_group_change(Turn& turn, const wire::Node& notification) {
  const wire::Jid* group = notification.jid("from");
  if (group == nullptr) return;
  for (const wire::Node& change : notification.children()) {
    GroupChanged event{.group = *group, .change = std::string(change.tag.view())};
    if (const wire::Jid* actor = notification.jid("participant")) event.actor = *actor;
    // A new group comes whole.
    const wire::Node* whole = change.child("group");
    for (const wire::Node& child : (whole == nullptr ? change : *whole).children()) {
      const wire::Jid* jid = child.jid("jid");
      if (child.tag != "participant" || jid == nullptr) continue;
      learn_names(turn, child);
      event.participants.push_back(*jid);
    }
    turn.notify(std::move(event));
  }
}

}  // namespace doublecheck::client
