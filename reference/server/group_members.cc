#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/group_nodes.h"
#include "reference/server/group_request.h"
#include "reference/server/group_settings.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"

// xmlns `w:g2`: which groups there are, and who is in them.
namespace doublecheck::server {
namespace {

// Codes that a participant is refused with.
constexpr std::string_view kPrivacy = "403";
constexpr std::string_view kUnknown = "404";
constexpr std::string_view kNotAcceptable = "406";
constexpr std::string_view kAlreadyMember = "409";
constexpr std::string_view kFull = "419";

struct Asked {
  wire::Jid jid;  // as asked
  const Account* account = nullptr;
};

// Those whom a change names, each once.
OrIqError<std::vector<Asked>> read_participants(const IqRequest& request, const wire::Node& list) {
  std::vector<Asked> asked;
  std::set<std::string> names;
  for (const wire::Node& child : list.children()) {
    if (child.tag != "participant") continue;
    const auto jid = lenient_jid(child, "jid");
    if (!jid) return std::unexpected(bad_request("<participant> without jid"));
    const Account* account = request.turn.state.directory.find(*jid);
    const std::string name = account == nullptr ? jid->to_string() : account->phone_number;
    if (names.insert(name).second) asked.push_back({jid->account(), account});
  }
  if (asked.size() > kMaxGroupMembers)
    return std::unexpected(resource_limit("more than kMaxGroupMembers participants"));
  return asked;
}

wire::Node refused(const IqRequest& request, Group& group, const Asked& asked,
                   std::string_view code) {
  wire::Node node = asked.account == nullptr ? element("participant", {{"jid", asked.jid}})
                                             : participant_node(group, *asked.account);
  node.set("error", wire::Text(code));
  if (code == kPrivacy) {
    node.content =
        std::vector<wire::Node>{invite_personally(request, group, asked.account->phone_number)};
  }
  return node;
}

// Why somebody cannot be made a member; nothing when he can.
std::optional<std::string_view> refusal_to_add(const IqRequest& request, const Group& group,
                                               const Asked& asked) {
  if (asked.account == nullptr) return kUnknown;
  if (group.has(asked.account->phone_number)) return kAlreadyMember;
  if (group.members.size() >= kMaxGroupMembers) return kFull;
  const bool may_add = asked.account->privacy_of("groupadd") == "all" &&
                       !asked.account->blocklist.contains(request.account.lid);
  if (!request.turn.guard().holds(Rule::GROUP_28, may_add)) return kPrivacy;
  return std::nullopt;
}

std::optional<std::string_view> refusal_to_change(const IqRequest& request, const Group& group,
                                                  std::string_view action, const Asked& asked) {
  if (action == "add") return refusal_to_add(request, group, asked);
  if (asked.account == nullptr || !group.has(asked.account->phone_number)) return kUnknown;
  const Rank rank = group.members.at(asked.account->phone_number);
  const bool itself = asked.account == &request.account;
  const bool touchable = action == "promote" || rank != Rank::kSuperAdmin || itself;
  if (!request.turn.guard().holds(Rule::GROUP_10, touchable)) return kNotAcceptable;
  if (action == "promote" && rank != Rank::kMember) return kAlreadyMember;
  if (action == "demote" && rank == Rank::kMember) return kNotAcceptable;
  return std::nullopt;
}

// Admins change who is in a group; where it is so chosen, every member may add.
OrIqError<Group*> changeable_group(IqRequest& request, std::string_view action) {
  auto group = joined_group(request);
  if (!group) return group;
  const auto mode = (*group)->modes.find("member_add_mode");
  const bool everybody_adds = mode != (*group)->modes.end() && mode->second == "all_member_add";
  if (action == "add" && everybody_adds) return group;
  return administered_group(request);
}

void change_ranks(IqRequest& request, Group& group, std::string_view action,
                  const std::set<std::string>& accounts) {
  std::vector<wire::Node> participants;
  for (const std::string& phone_number : accounts) {
    group.members[phone_number] = action == "promote" ? Rank::kAdmin : Rank::kMember;
    wire::Node node = participant_node(group, *request.turn.state.directory.look_up(phone_number));
    if (action == "promote") node.set("type", "admin");
    participants.push_back(std::move(node));
  }
  announce(request, group, members_of(group),
           change_of_ranks(group, action, std::move(participants)));
}

// A group that is not one yet, with the settings that its creator asks for.
OrIqError<Group> new_group(IqRequest& request, const wire::Node& create) {
  auto subject = read_subject(create.text("subject").value_or(""));
  if (!subject) return std::unexpected(subject.error());
  const UnixTime now = request.turn.context.now.wall;
  Group group;
  group.id = request.turn.state.groups.new_id(request.turn.context.random);
  group.creator = request.account.phone_number;
  group.created = now;
  group.by_lid = request.turn.state.config.groups_by_lid;
  group.subject = {*std::move(subject), request.account.phone_number, now};
  group.members = {{request.account.phone_number, Rank::kSuperAdmin}};
  for (const wire::Node& child : create.children()) {
    if (child.tag == "participant") continue;
    if (child.tag == "parent") {
      group.is_parent = true;
    } else if (child.tag == "linked_parent") {
      const auto jid = lenient_jid(child, "jid");
      const Group* community = jid ? request.turn.state.groups.find(*jid) : nullptr;
      if (community == nullptr || !community->is_parent)
        return std::unexpected(item_not_found("there is no such community"));
      if (!community->is_admin(request.account.phone_number))
        return std::unexpected(forbidden("only admins add groups to a community"));
      group.parent = community->id;
    } else if (auto applied = apply_setting(request, group, child);
               !applied && applied.error().code != 501) {
      // What is no setting of a group is a wish of a newer client.
      return std::unexpected(applied.error());
    }
  }
  return group;
}

}  // namespace

IqAnswer group_create(IqRequest& request) {
  const wire::Node& create = *request.child;
  const auto asked = read_participants(request, create);
  if (!asked) return std::unexpected(asked.error());
  auto made = new_group(request, create);
  if (!made) return std::unexpected(made.error());

  std::vector<wire::Node> refusals;
  for (const Asked& one : *asked) {
    if (one.account == &request.account) continue;
    if (const auto code = refusal_to_add(request, *made, one)) {
      refusals.push_back(refused(request, *made, one, *code));
    } else {
      made->members.emplace(one.account->phone_number, Rank::kMember);
    }
  }
  const auto inserted = request.turn.state.groups.insert(*std::move(made));
  if (!inserted) return std::unexpected(resource_limit(inserted.error().to_string()));
  Group& group = **inserted;
  if (group.is_parent) add_default_group(request, group);

  wire::Node node = group_node(request.turn.state.directory, group);
  wire::Node news = parent("create", {node}, {{"type", "new"}});
  if (const auto key = create.text("key")) news.set("key", wire::Text(*key));
  announce(request, group, members_of(group), std::move(news));
  auto& children = std::get<std::vector<wire::Node>>(node.content);
  std::ranges::move(refusals, std::back_inserter(children));
  return std::vector<wire::Node>{std::move(node)};
}

IqAnswer group_query(IqRequest& request) {
  const auto to = lenient_jid(request.iq, "to");
  if (to && !to->is_server()) {
    auto group = addressed_group(request);
    const wire::Node* claim = request.child->child("add_request");
    if (!group || claim == nullptr || invitation_of(request, **group, *claim) == nullptr)
      group = joined_group(request);
    if (!group) return std::unexpected(group.error());
    return std::vector<wire::Node>{group_node(request.turn.state.directory, **group)};
  }
  // Several at once.
  if (request.child->children().size() > kMaxGroups)
    return std::unexpected(resource_limit("more than kMaxGroups groups"));
  std::vector<wire::Node> found;
  for (const wire::Node& asked : request.child->children()) {
    const auto jid = lenient_jid(asked, "jid");
    if (!jid) return std::unexpected(bad_request("<group> without jid"));
    const Group* group = request.turn.state.groups.find(*jid);
    if (group != nullptr &&
        request.turn.guard().holds(Rule::GROUP_06, group->has(request.account.phone_number))) {
      found.push_back(group_node(request.turn.state.directory, *group));
    } else {
      found.push_back(element("group", {{"jid", *jid},
                                        {"id", wire::Text(jid->user.view())},
                                        {"error", group == nullptr ? "404" : "403"}}));
    }
  }
  return std::vector<wire::Node>{parent("groups", std::move(found))};
}

IqAnswer groups_of_account(IqRequest& request) {
  std::vector<wire::Node> found;
  for (const Group* group : request.turn.state.groups.of_member(request.account.phone_number))
    found.push_back(group_node(request.turn.state.directory, *group));
  return std::vector<wire::Node>{parent("groups", std::move(found))};
}

IqAnswer group_members_change(IqRequest& request) {
  const std::string_view action = request.child->tag;
  const auto group = changeable_group(request, action);
  if (!group) return std::unexpected(group.error());
  const auto asked = read_participants(request, *request.child);
  if (!asked) return std::unexpected(asked.error());
  if (asked->empty()) return std::unexpected(bad_request("nobody is named"));

  // Each participant gets an answer of its own (STANZA-99).
  const std::size_t room = kMaxGroupMembers - (*group)->members.size();
  std::vector<wire::Node> answers;
  std::set<std::string> accepted;
  for (const Asked& one : *asked) {
    auto code = refusal_to_change(request, **group, action, one);
    if (!code && action == "add" && accepted.size() >= room) code = kFull;
    if (code) {
      answers.push_back(refused(request, **group, one, *code));
      continue;
    }
    accepted.insert(one.account->phone_number);
    wire::Node answer = participant_node(**group, *one.account);
    answer.set("type", "200");
    answers.push_back(std::move(answer));
  }

  if (!accepted.empty()) {
    if (action == "promote" || action == "demote") {
      change_ranks(request, **group, action, accepted);
    } else if (action == "remove") {
      (*group)->removed.insert(accepted.begin(), accepted.end());
      let_go(request, **group, accepted);
    } else if (!request.turn.guard().holds(
                   Rule::GROUP_26,
                   !(*group)->needs_approval || (*group)->is_admin(request.account.phone_number))) {
      ask_for_approval(request, **group, accepted, "non_admin_add");
    } else {
      take_in(request, **group, accepted, {});
    }
  }
  return std::vector<wire::Node>{parent(action, std::move(answers))};
}

IqAnswer groups_leave(IqRequest& request) {
  if (request.child->children().empty())
    return std::unexpected(bad_request("<leave> without <group>"));
  for (const wire::Node& asked : request.child->children()) {
    if (!asked.has("id")) return std::unexpected(bad_request("<group> without id"));
  }
  std::vector<wire::Node> left;
  for (const wire::Node& asked : request.child->children()) {
    // The id travels as a JID or as a number (STANZA-02).
    const std::string id = wire::to_string(*asked.attribute("id"));
    wire::Node answer = element("group");
    answer.set("id", *asked.attribute("id"));
    Group* group = request.turn.state.groups.find(std::string_view(id).substr(0, id.find('@')));
    if (group == nullptr) {
      answer.set("error", "404");
    } else if (!group->has(request.account.phone_number)) {
      answer.set("error", "403");
    } else {
      let_go(request, *group, {request.account.phone_number});
    }
    left.push_back(std::move(answer));
  }
  return std::vector<wire::Node>{parent("leave", std::move(left))};
}

}  // namespace doublecheck::server
