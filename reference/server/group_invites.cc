#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reference/server/chat_ids.h"
#include "reference/server/group_nodes.h"
#include "reference/server/group_request.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"

// xmlns `w:g2`: other ways into a group than to be added by an admin.
namespace doublecheck::server {
namespace {

constexpr std::chrono::hours kInvitationLifetime{72};

// The group's own code: whoever has it may come in.
IqAnswer code_of_group(IqRequest& request) {
  const auto joined = joined_group(request);
  if (!joined) return std::unexpected(joined.error());
  Group& group = **joined;
  const auto mode = group.modes.find("member_link_mode");
  const bool everybody = mode != group.modes.end() && mode->second == "all_member_link";
  const bool resets = request.iq.text("type") == "set";
  const bool entitled = group.is_admin(request.account.phone_number) || (everybody && !resets);
  if (!request.turn.guard().holds(Rule::GROUP_22, entitled))
    return std::unexpected(not_authorized("only admins may have the invite code"));
  if (resets && !group.invite_code.empty()) {
    if (group.old_invite_codes.size() >= kMaxOldInviteCodes)
      group.old_invite_codes.erase(group.old_invite_codes.begin());
    group.old_invite_codes.insert(std::exchange(group.invite_code, {}));
  }
  if (group.invite_code.empty()) group.invite_code = new_invite_code(request.turn.context.random);
  if (resets) {
    announce(request, group, members_of(group),
             element("invite", {{"code", wire::Text(group.invite_code)}}));
  }
  return std::vector<wire::Node>{element("invite", {{"code", wire::Text(group.invite_code)}})};
}

// Somebody comes, or asks to come, by the group's code.
IqAnswer join_by_code(IqRequest& request, Group& group) {
  const std::string& account = request.account.phone_number;
  if (group.has(account)) return std::unexpected(conflict("the account is a member already"));
  if (!request.turn.guard().holds(Rule::GROUP_25, !group.removed.contains(account)))
    return std::unexpected(not_allowed("an admin has removed the account from the group"));
  if (group.members.size() >= kMaxGroupMembers)
    return std::unexpected(resource_limit("the group has kMaxGroupMembers members"));
  if (request.turn.guard().holds(Rule::GROUP_26, !group.needs_approval)) {
    take_in(request, group, {account}, "invite");
    return std::vector<wire::Node>{element("group", {{"jid", group.jid()}})};
  }
  if (group.requests.size() >= kMaxMembershipRequests)
    return std::unexpected(resource_limit("kMaxMembershipRequests wait already"));
  ask_for_approval(request, group, {account}, "invite_link");
  return std::vector<wire::Node>{element("membership_approval_request", {{"jid", group.jid()}})};
}

// The phone number of somebody whom an element of the query names, as far as `known` has it.
template <typename Known>
std::string named(const IqRequest& request, const wire::Node& node, const Known& known) {
  const auto jid = lenient_jid(node, "jid");
  const Account* account = jid ? request.turn.state.directory.find(*jid) : nullptr;
  return account != nullptr && known.contains(account->phone_number) ? account->phone_number : "";
}

}  // namespace

IqAnswer group_invite(IqRequest& request) {
  const auto code = request.child->text("code");
  if (!code) return code_of_group(request);
  if (code->empty()) return std::unexpected(not_acceptable("the code is empty"));
  Group* group = request.turn.state.groups.by_invite_code(*code);
  if (group == nullptr) return std::unexpected(item_not_found("no group has that code"));
  if (!request.turn.guard().holds(Rule::GROUP_23, group->invite_code == *code))
    return std::unexpected(gone("the code was reset"));
  if (request.iq.text("type") == "set") return join_by_code(request, *group);
  return std::vector<wire::Node>{group_node(request.turn.state.directory, *group)};
}

wire::Node invite_personally(const IqRequest& request, Group& group,
                             const std::string& phone_number) {
  const UnixTime expires = request.turn.context.now.wall + kInvitationLifetime;
  Invitation invitation{new_invite_code(request.turn.context.random), request.account.phone_number,
                        expires};
  wire::Node node =
      element("add_request", {{"code", wire::Text(invitation.code)},
                              {"expiration", wire::Text(std::to_string(expires.seconds()))}});
  group.invitations[phone_number] = std::move(invitation);
  return node;
}

const Invitation* invitation_of(const IqRequest& request, const Group& group,
                                const wire::Node& claim) {
  const auto invitation = group.invitations.find(request.account.phone_number);
  if (invitation == group.invitations.end() || claim.text("code") != invitation->second.code ||
      invitation->second.expires < request.turn.context.now.wall) {
    return nullptr;
  }
  return &invitation->second;
}

IqAnswer group_accept(IqRequest& request) {
  const auto addressed = addressed_group(request);
  if (!addressed) return std::unexpected(addressed.error());
  Group& group = **addressed;
  if (group.has(request.account.phone_number))
    return std::unexpected(conflict("the account is a member already"));
  if (!request.turn.guard().holds(Rule::GROUP_29,
                                  invitation_of(request, group, *request.child) != nullptr))
    return std::unexpected(gone("there is no such invitation"));
  if (group.members.size() >= kMaxGroupMembers)
    return std::unexpected(resource_limit("the group has kMaxGroupMembers members"));
  group.invitations.erase(request.account.phone_number);
  take_in(request, group, {request.account.phone_number}, "invite");
  return std::vector<wire::Node>{element("group", {{"jid", group.jid()}})};
}

IqAnswer group_revoke(IqRequest& request) {
  const auto group = administered_group(request);
  if (!group) return std::unexpected(group.error());
  for (const wire::Node& participant : request.child->children())
    (*group)->invitations.erase(named(request, participant, (*group)->invitations));
  return {};
}

IqAnswer group_requests(IqRequest& request) {
  const auto group = administered_group(request, Rule::GROUP_27);
  if (!group) return std::unexpected(group.error());
  std::vector<wire::Node> waiting;
  for (const auto& [phone_number, asked] : (*group)->requests) {
    const Account* account = request.turn.state.directory.look_up(phone_number);
    if (account == nullptr) continue;
    waiting.push_back(element("membership_approval_request",
                              {{"jid", named_in(**group, *account)},
                               {"request_time", wire::Text(std::to_string(asked.at.seconds()))},
                               {"request_method", wire::Text(asked.method)}}));
  }
  return std::vector<wire::Node>{parent("membership_approval_requests", std::move(waiting))};
}

IqAnswer group_requests_action(IqRequest& request) {
  const auto group = administered_group(request);
  if (!group) return std::unexpected(group.error());
  std::vector<wire::Node> answers;
  for (const wire::Node& action : request.child->children()) {
    if (action.tag != "approve" && action.tag != "reject")
      return std::unexpected(bad_request("a request is approved or rejected"));
    std::vector<wire::Node> results;
    std::set<std::string> approved;
    for (const wire::Node& participant : action.children()) {
      const std::string account = named(request, participant, (*group)->requests);
      wire::Node result = element("participant", participant.attributes);
      if (account.empty()) {
        result.set("error", "404");
      } else if (action.tag == "reject") {
        (*group)->requests.erase(account);
      } else if ((*group)->members.size() + approved.size() >= kMaxGroupMembers) {
        result.set("error", "419");
      } else {
        approved.insert(account);
      }
      results.push_back(std::move(result));
    }
    if (!approved.empty()) take_in(request, **group, approved, "invite");
    answers.push_back(parent(action.tag, std::move(results)));
  }
  return std::vector<wire::Node>{parent("membership_requests_action", std::move(answers))};
}

IqAnswer group_requests_cancel(IqRequest& request) {
  const auto group = addressed_group(request);
  if (!group) return std::unexpected(group.error());
  std::vector<wire::Node> results;
  for (const wire::Node& participant : request.child->children()) {
    const std::string account = named(request, participant, (*group)->requests);
    wire::Node result = element("participant", participant.attributes);
    // One's own; an admin rejects those of others.
    if (account != request.account.phone_number) {
      result.set("error", account.empty() ? "404" : "403");
    } else {
      (*group)->requests.erase(account);
      announce(request, **group, admins_of(**group),
               parent("revoked_membership_requests",
                      {element("participant", {{"jid", named_in(**group, request.account)}})}));
    }
    results.push_back(std::move(result));
  }
  return std::vector<wire::Node>{parent("cancel_membership_requests", std::move(results))};
}

}  // namespace doublecheck::server
