#pragma once

#include <cstddef>
#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/group.h"
#include "reference/server/iq.h"

// What the queries of xmlns `w:g2` have in common. A handler checks everything before it changes
// anything; who has to hear of a change hears of it after the answer.
namespace doublecheck::server {

template <typename T>
using OrIqError = std::expected<T, IqError>;

// The group that the query is addressed to (404); of which the account is a member (403, GROUP-05);
// which it administers (403, GROUP-07 and whichever other rule says so).
OrIqError<Group*> addressed_group(IqRequest& request);
OrIqError<Group*> joined_group(IqRequest& request);
OrIqError<Group*> administered_group(IqRequest& request, Rule rule = Rule::GROUP_07);

// The phone numbers of the members; of those who administer.
std::set<std::string> members_of(const Group& group);
std::set<std::string> admins_of(const Group& group);

// Tells every device of these accounts, but for the one that asked, what its user has done.
void announce(IqRequest& request, const Group& group, const std::set<std::string>& accounts,
              wire::Node change);

// A change of members or of ranks, which raises a version of the group; it names both (STANZA-102).
wire::Node change_of_members(Group& group, std::string_view tag,
                             std::vector<wire::Node> participants);
wire::Node change_of_ranks(Group& group, std::string_view tag,
                           std::vector<wire::Node> participants);

// Makes these accounts, none of which is one, members. They are told what kind of group it is, the
// others who has come.
void take_in(IqRequest& request, Group& group, const std::set<std::string>& accounts,
             std::string_view reason);
// They are members no longer; they and those who stay are told. A group without an admin gets one,
// a group without members ends.
void let_go(IqRequest& request, Group& group, const std::set<std::string>& accounts);

// These wait for an admin, who is told, to be let in.
void ask_for_approval(IqRequest& request, Group& group, const std::set<std::string>& accounts,
                      std::string_view method);

// Whether a text is UTF-8 of at most so many characters.
bool is_text_of(std::string_view text, std::size_t characters);

// A subject that is acceptable (406).
OrIqError<std::string> read_subject(std::string_view text);

// Changes what an element of a query says, and gives what the members are to be told. 501 for what
// is no setting of a group.
OrIqError<wire::Node> apply_setting(const IqRequest& request, Group& group,
                                    const wire::Node& setting);

// Whether somebody is in the community or in one of its groups.
bool belongs_to_community(const IqRequest& request, const Group& community);

// A new community has a group in which its admins write to everybody.
void add_default_group(IqRequest& request, const Group& community);

// `<add_request code expiration>`: what somebody who may not be added is sent by who wants to add
// him.
wire::Node invite_personally(const IqRequest& request, Group& group,
                             const std::string& phone_number);
// The invitation of the account that asks, if it is this one and still good.
const Invitation* invitation_of(const IqRequest& request, const Group& group,
                                const wire::Node& claim);

}  // namespace doublecheck::server
