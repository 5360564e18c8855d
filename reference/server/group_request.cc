#include "reference/server/group_request.h"

#include <algorithm>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/group_nodes.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/base/bytes.h"

namespace doublecheck::server {
namespace {

wire::Node versioned(std::uint64_t& version, std::string_view tag,
                     std::vector<wire::Node> participants) {
  wire::Node change = parent(tag, std::move(participants));
  change.set("prev_v_id", wire::Text(std::to_string(version)));
  change.set("v_id", wire::Text(std::to_string(++version)));
  return change;
}

std::vector<wire::Node> participant_nodes(const IqRequest& request, const Group& group,
                                          const std::set<std::string>& accounts) {
  std::vector<wire::Node> nodes;
  for (const std::string& phone_number : accounts) {
    if (const Account* account = request.turn.state.directory.look_up(phone_number))
      nodes.push_back(participant_node(group, *account));
  }
  return nodes;
}

}  // namespace

OrIqError<Group*> addressed_group(IqRequest& request) {
  const auto to = lenient_jid(request.iq, "to");
  Group* group = to ? request.turn.state.groups.find(*to) : nullptr;
  if (group == nullptr) return std::unexpected(item_not_found("there is no such group"));
  return group;
}

OrIqError<Group*> joined_group(IqRequest& request) {
  auto group = addressed_group(request);
  if (group &&
      !request.turn.guard().holds(Rule::GROUP_05, (*group)->has(request.account.phone_number)))
    return std::unexpected(forbidden("only members may ask for that"));
  return group;
}

OrIqError<Group*> administered_group(IqRequest& request, Rule rule) {
  auto group = joined_group(request);
  if (group && !request.turn.guard().holds(rule, (*group)->is_admin(request.account.phone_number)))
    return std::unexpected(forbidden("only admins may do that"));
  return group;
}

std::set<std::string> members_of(const Group& group) {
  std::set<std::string> members;
  for (const auto& [phone_number, rank] : group.members) members.insert(phone_number);
  return members;
}

std::set<std::string> admins_of(const Group& group) {
  std::set<std::string> admins = members_of(group);
  std::erase_if(admins, [&](const std::string& member) { return !group.is_admin(member); });
  return admins;
}

void announce(IqRequest& request, const Group& group, const std::set<std::string>& accounts,
              wire::Node change) {
  request.after_answer.emplace_back(
      [&turn = request.turn, asker = &request.device, accounts,
       notification = group_notification(request.turn, group, request.account, std::move(change))] {
        for (const std::string& phone_number : accounts) {
          Account* account = turn.state.directory.by_phone_number(phone_number);
          if (account == nullptr) continue;
          for (auto& [number, device] : account->devices) {
            if (&device != asker) deliver(turn, device, notification);
          }
        }
      });
}

wire::Node change_of_members(Group& group, std::string_view tag,
                             std::vector<wire::Node> participants) {
  return versioned(group.participant_version, tag, std::move(participants));
}

wire::Node change_of_ranks(Group& group, std::string_view tag,
                           std::vector<wire::Node> participants) {
  return versioned(group.admin_version, tag, std::move(participants));
}

void take_in(IqRequest& request, Group& group, const std::set<std::string>& accounts,
             std::string_view reason) {
  const std::set<std::string> before = members_of(group);
  for (const std::string& account : accounts) {
    group.members.emplace(account, Rank::kMember);
    group.former.erase(account);
    group.removed.erase(account);
    group.requests.erase(account);
  }
  wire::Node add = change_of_members(group, "add", participant_nodes(request, group, accounts));
  wire::Node create = parent("create", {group_node(request.turn.state.directory, group)});
  if (!reason.empty()) {
    add.set("reason", wire::Text(reason));
    create.set("reason", wire::Text(reason));
  }
  announce(request, group, before, std::move(add));
  announce(request, group, accounts, std::move(create));
}

void let_go(IqRequest& request, Group& group, const std::set<std::string>& accounts) {
  const std::set<std::string> before = members_of(group);
  for (const std::string& account : accounts) {
    group.members.erase(account);
    group.former.insert(account);
  }
  announce(request, group, before,
           change_of_members(group, "remove", participant_nodes(request, group, accounts)));
  if (group.members.empty()) {
    request.turn.state.groups.erase(group);
    return;
  }
  if (!admins_of(group).empty()) return;
  const std::string& heir = group.members.begin()->first;
  group.members.begin()->second = Rank::kAdmin;
  std::vector<wire::Node> promoted = participant_nodes(request, group, {heir});
  for (wire::Node& participant : promoted) participant.set("type", "admin");
  announce(request, group, members_of(group),
           change_of_ranks(group, "promote", std::move(promoted)));
}

void ask_for_approval(IqRequest& request, Group& group, const std::set<std::string>& accounts,
                      std::string_view method) {
  std::vector<wire::Node> users;
  for (const std::string& phone_number : accounts) {
    group.requests[phone_number] = {request.turn.context.now.wall, std::string(method)};
    wire::Node user = participant_node(group, *request.turn.state.directory.look_up(phone_number));
    user.tag = "requested_user";
    users.push_back(std::move(user));
  }
  announce(request, group, admins_of(group),
           parent("created_membership_requests", std::move(users),
                  {{"request_method", wire::Text(method)}}));
}

bool is_text_of(std::string_view text, std::size_t characters) {
  const auto begins_one = [](char c) { return (c & '\xc0') != '\x80'; };
  return is_utf8(as_bytes(text)) &&
         static_cast<std::size_t>(std::ranges::count_if(text, begins_one)) <= characters;
}

OrIqError<std::string> read_subject(std::string_view text) {
  if (!is_text_of(text, kMaxSubjectCharacters)) {
    return std::unexpected(
        not_acceptable("the subject is not UTF-8 of at most kMaxSubjectCharacters"));
  }
  return std::string(text);
}

}  // namespace doublecheck::server
