#include "reference/server/group_nodes.h"

#include <cstdint>
#include <utility>

#include "reference/server/group_settings.h"
#include "reference/server/stanzas.h"

namespace doublecheck::server {
namespace {

wire::Text number(std::uint64_t value) { return std::to_string(value); }
wire::Text unix_seconds(UnixTime time) { return std::to_string(time.seconds()); }

// Who did something, and when: `by` in the group's naming, `by_pn` beside a LID.
void set_author(wire::Node& node, const Directory& accounts, const Group& group,
                std::string_view by, const std::string& author) {
  const Account* account = accounts.look_up(author);
  if (account == nullptr) return;
  node.set(by, named_in(group, *account));
  if (group.by_lid) node.set(std::string(by) + "_pn", account->pn());
}

}  // namespace

wire::Jid named_in(const Group& group, const Account& account, std::uint16_t device) {
  return group.by_lid ? account.lid_jid(device) : account.pn(device);
}

wire::Jid other_name_in(const Group& group, const Account& account) {
  return group.by_lid ? account.pn() : account.lid_jid();
}

void set_participant(wire::Node& stanza, const Group& group, const Account& account,
                     std::uint16_t device) {
  stanza.set("participant", named_in(group, account, device));
  stanza.set(group.by_lid ? "participant_pn" : "participant_lid", other_name_in(group, account));
}

wire::Node participant_node(const Group& group, const Account& account) {
  return element("participant",
                 {{"jid", named_in(group, account)},
                  {group.by_lid ? "phone_number" : "lid", other_name_in(group, account)}});
}

wire::Node group_node(const Directory& accounts, const Group& group) {
  wire::Node node = element("group", {{"id", wire::Text(group.id)},
                                      {"subject", wire::Text(group.subject.text)},
                                      {"s_t", unix_seconds(group.subject.at)},
                                      {"creation", unix_seconds(group.created)},
                                      {"size", number(group.members.size())},
                                      {"p_v_id", number(group.participant_version)},
                                      {"a_v_id", number(group.admin_version)},
                                      {"addressing_mode", group.by_lid ? "lid" : "pn"}});
  set_author(node, accounts, group, "creator", group.creator);
  set_author(node, accounts, group, "s_o", group.subject.author);

  std::vector<wire::Node> children;
  for (const auto& [phone_number, rank] : group.members) {
    const Account* account = accounts.look_up(phone_number);
    if (account == nullptr) continue;
    wire::Node participant = participant_node(group, *account);
    if (rank != Rank::kMember)
      participant.set("type", rank == Rank::kAdmin ? "admin" : "superadmin");
    children.push_back(std::move(participant));
  }
  if (group.description) {
    wire::Node description = parent(
        "description", {element("body", {}, text_content(group.description->text))},
        {{"id", wire::Text(group.description_id)}, {"t", unix_seconds(group.description->at)}});
    set_author(description, accounts, group, "participant", group.description->author);
    children.push_back(std::move(description));
  }
  for (const GroupSwitch& one : kGroupSwitches) {
    if (group.is_on(one.on)) children.push_back(element(one.on));
  }
  for (const GroupMode& mode : kGroupModes) {
    const auto chosen = group.modes.find(mode.name);
    children.push_back(element(
        mode.name, {}, text_content(chosen == group.modes.end() ? mode.initial : chosen->second)));
  }
  if (group.ephemeral_seconds != 0) {
    children.push_back(
        element("ephemeral", {{"expiration", number(group.ephemeral_seconds)}, {"trigger", "0"}}));
  }
  // Its presence alone means "on" to some clients (STANZA-105).
  if (group.needs_approval) {
    children.push_back(
        parent("membership_approval_mode", {element("group_join", {{"state", "on"}})}));
  }
  if (group.is_parent) children.push_back(element("parent"));
  if (group.is_default_sub_group) children.push_back(element("default_sub_group"));
  if (!group.parent.empty()) {
    children.push_back(element(
        "linked_parent", {{"jid", wire::Jid{group.parent, wire::server_name::kGroup, 0, 0}}}));
  }
  node.content = std::move(children);
  return node;
}

wire::Node group_notification(Turn& turn, const Group& group, const Account& actor,
                              wire::Node change) {
  wire::Node notification = parent("notification", {std::move(change)},
                                   {{"from", group.jid()},
                                    {"type", "w:gp2"},
                                    {"id", wire::Text(turn.new_stanza_id())},
                                    {"t", wire::Text(turn.timestamp())},
                                    {"addressing_mode", group.by_lid ? "lid" : "pn"}});
  set_participant(notification, group, actor);
  if (!actor.push_name.empty()) notification.set("notify", wire::Text(actor.push_name));
  return notification;
}

}  // namespace doublecheck::server
