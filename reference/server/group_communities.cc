#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/group_nodes.h"
#include "reference/server/group_request.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"

// xmlns `w:g2`: communities, and the groups that are linked to them.
namespace doublecheck::server {
namespace {

wire::Node named_group(const Group& group) {
  return element("group", {{"jid", group.jid()}, {"subject", wire::Text(group.subject.text)}});
}

OrIqError<Group*> administered_community(IqRequest& request) {
  auto group = administered_group(request);
  if (group && !(*group)->is_parent) return std::unexpected(bad_request("it is no community"));
  return group;
}

OrIqError<const Group*> own_community(IqRequest& request) {
  const auto group = addressed_group(request);
  if (!group) return std::unexpected(group.error());
  if (!(*group)->is_parent) return std::unexpected(bad_request("it is no community"));
  if (!request.turn.guard().holds(Rule::GROUP_42, belongs_to_community(request, **group)))
    return std::unexpected(forbidden("it is somebody else's"));
  return *group;
}

// Links a group to the community, or unlinks it; what is wrong with that, or nothing.
std::string_view link(IqRequest& request, Group& community, Group& group) {
  if (!request.turn.guard().holds(Rule::GROUP_41, group.is_admin(request.account.phone_number))) {
    return "403";
  }
  if (group.is_parent || !group.parent.empty()) return "409";
  if (request.turn.state.groups.linked_to(community.id).size() >= kMaxLinkedGroups) return "419";
  group.parent = community.id;
  const auto tell = [&](const Group& whom, const Group& about) {
    announce(request, whom, members_of(whom),
             parent("link", {named_group(about)}, {{"link_type", "sub_group"}}));
  };
  tell(community, group);
  announce(request, group, members_of(group),
           parent("link", {named_group(community)}, {{"link_type", "parent_group"}}));
  return {};
}

void tell_unlinked(IqRequest& request, const Group& whom, const Group& about, std::string_view type,
                   std::string_view reason) {
  announce(request, whom, members_of(whom),
           parent("unlink", {named_group(about)},
                  {{"unlink_type", wire::Text(type)}, {"unlink_reason", wire::Text(reason)}}));
}

std::string_view unlink(IqRequest& request, Group& community, Group& group) {
  if (group.parent != community.id) return "404";
  if (group.is_default_sub_group) return "406";
  group.parent.clear();
  tell_unlinked(request, community, group, "sub_group", "unlink_group");
  tell_unlinked(request, group, community, "parent_group", "unlink_group");
  return {};
}

IqAnswer list_linked(IqRequest& request, const Group& community) {
  std::vector<wire::Node> groups;
  for (const Group* group : request.turn.state.groups.linked_to(community.id)) {
    wire::Node node =
        element("group", {{"id", wire::Text(group->id)},
                          {"subject", wire::Text(group->subject.text)},
                          {"s_t", wire::Text(std::to_string(group->subject.at.seconds()))}});
    if (group->is_default_sub_group)
      node.content = std::vector<wire::Node>{element("default_sub_group")};
    groups.push_back(std::move(node));
  }
  return std::vector<wire::Node>{parent("sub_groups", std::move(groups))};
}

IqAnswer list_participants(IqRequest& request, const Group& community) {
  std::set<std::string> everybody = members_of(community);
  for (const Group* group : request.turn.state.groups.linked_to(community.id))
    everybody.merge(members_of(*group));
  std::vector<wire::Node> participants;
  for (const std::string& phone_number : everybody) {
    if (const Account* account = request.turn.state.directory.look_up(phone_number))
      participants.push_back(participant_node(community, *account));
  }
  return std::vector<wire::Node>{parent("linked_groups_participants", std::move(participants))};
}

// One group of the community, which whoever belongs to it may see, and join.
IqAnswer one_linked(IqRequest& request, const Group& community, bool joins) {
  const auto jid = lenient_jid(*request.child, "jid");
  Group* group = jid ? request.turn.state.groups.find(*jid) : nullptr;
  if (group == nullptr || group->parent != community.id)
    return std::unexpected(item_not_found("no such group is linked to the community"));
  const std::string& account = request.account.phone_number;
  if (joins && !group->has(account)) {
    if (group->removed.contains(account))
      return std::unexpected(not_allowed("an admin has removed the account from the group"));
    if (group->members.size() >= kMaxGroupMembers)
      return std::unexpected(resource_limit("the group has kMaxGroupMembers members"));
    take_in(request, *group, {account}, "linked_group_join");
  }
  return std::vector<wire::Node>{parent(
      "linked_group", {group_node(request.turn.state.directory, *group)}, {{"jid", group->jid()}})};
}

}  // namespace

bool belongs_to_community(const IqRequest& request, const Group& community) {
  const std::string& account = request.account.phone_number;
  return community.has(account) ||
         std::ranges::any_of(request.turn.state.groups.linked_to(community.id),
                             [&](const Group* group) { return group->has(account); });
}

void add_default_group(IqRequest& request, const Group& community) {
  Group group;
  group.id = request.turn.state.groups.new_id(request.turn.context.random);
  group.creator = community.creator;
  group.created = community.created;
  group.by_lid = community.by_lid;
  group.subject = community.subject;
  group.members = community.members;
  group.switches = {"announcement"};
  group.parent = community.id;
  group.is_default_sub_group = true;
  // Without room for it the community has none.
  const auto inserted = request.turn.state.groups.insert(std::move(group));
  if (!inserted) return;
  announce(
      request, **inserted, members_of(**inserted),
      parent("create", {group_node(request.turn.state.directory, **inserted)}, {{"type", "new"}}));
}

IqAnswer group_links(IqRequest& request) {
  const auto community = administered_community(request);
  if (!community) return std::unexpected(community.error());
  const bool links = request.child->tag == "links";
  // <links> holds a <link> for each kind of groups, <unlink> the groups themselves.
  std::vector<wire::Node> lists;
  if (links) {
    lists.assign(request.child->children().begin(), request.child->children().end());
  } else {
    lists.push_back(*request.child);
  }
  const bool sub_groups = std::ranges::all_of(lists, [&](const wire::Node& list) {
    return list.text(links ? "link_type" : "unlink_type") == "sub_group";
  });
  if (!sub_groups) return std::unexpected(bad_request("only sub groups are linked"));
  for (wire::Node& list : lists) {
    std::vector<wire::Node> answers;
    for (const wire::Node& asked : list.children()) {
      const auto jid = lenient_jid(asked, "jid");
      Group* group = jid ? request.turn.state.groups.find(*jid) : nullptr;
      std::string_view error = "404";
      if (group != nullptr)
        error = links ? link(request, **community, *group) : unlink(request, **community, *group);
      wire::Node answer = element("group", asked.attributes);
      if (!error.empty()) answer.set("error", wire::Text(error));
      answers.push_back(std::move(answer));
    }
    list.content = std::move(answers);
  }
  if (!links) return lists;
  return std::vector<wire::Node>{parent("links", std::move(lists))};
}

IqAnswer group_linked(IqRequest& request) {
  const auto community = own_community(request);
  if (!community) return std::unexpected(community.error());
  const std::string_view what = request.child->tag;
  if (what == "sub_groups") return list_linked(request, **community);
  if (what == "linked_groups_participants") return list_participants(request, **community);
  return one_linked(request, **community, what == "join_linked_group");
}

IqAnswer group_delete_parent(IqRequest& request) {
  const auto administered = administered_community(request);
  if (!administered) return std::unexpected(administered.error());
  Group& community = **administered;
  for (const Group* linked : request.turn.state.groups.linked_to(community.id)) {
    Group& group = *request.turn.state.groups.find(linked->id);
    group.parent.clear();
    group.is_default_sub_group = false;
    tell_unlinked(request, group, community, "delete_parent", "delete_parent");
  }
  announce(request, community, members_of(community),
           element("delete", {{"reason", "delete_parent"}}));
  request.turn.state.groups.erase(community);
  return {};
}

}  // namespace doublecheck::server
