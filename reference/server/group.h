#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reference/server/picture.h"
#include "spec/base/time.h"
#include "spec/wire/jid.h"

// Groups, whose only authority is the server: who is in one, who may change what, and who gets what
// is written there (STANZA-97, STANZA-98, GROUP requirements). People are known by phone number;
// how stanzas name them is a property of the group.
namespace doublecheck::server {

// A super-admin is the creator: nobody but itself takes it out, and it cannot be demoted.
enum class Rank { kMember, kAdmin, kSuperAdmin };

struct GroupText {
  std::string text;
  std::string author;  // phone number
  UnixTime at;

  friend bool operator==(const GroupText&, const GroupText&) = default;
};

// Somebody who would like to be let in.
struct MembershipRequest {
  UnixTime at;
  std::string method;  // "invite_link" or "non_admin_add"

  friend bool operator==(const MembershipRequest&, const MembershipRequest&) = default;
};

// For somebody who may not simply be added: a way in, if he wants to.
struct Invitation {
  std::string code;
  std::string admin;  // phone number of who would have added him
  UnixTime expires;

  friend bool operator==(const Invitation&, const Invitation&) = default;
};

struct Group {
  std::string id;  // digits: the user of the group's JID
  std::string creator;
  UnixTime created;
  bool by_lid = true;  // whether stanzas name members by LID

  GroupText subject;
  std::optional<GroupText> description;
  std::optional<Picture> picture = {};
  std::string description_id;  // chosen by who wrote it; names the one that a change replaces

  std::map<std::string, Rank> members;
  std::set<std::string> former;   // those who were members and are not
  std::set<std::string> removed;  // of them, by an admin: an invite is no way back
  std::map<std::string, MembershipRequest> requests;
  std::map<std::string, Invitation> invitations;

  // Of the settings that are on or off, the names of those that are on (group_settings.h), and the
  // values of the others.
  std::set<std::string, std::less<>> switches;
  std::map<std::string, std::string, std::less<>> modes;
  bool needs_approval = false;          // of who joins by an invite, or is added by a member
  std::uint32_t ephemeral_seconds = 0;  // after which messages disappear; 0: never

  std::string invite_code;  // empty: nobody has asked for one
  std::set<std::string> old_invite_codes;

  // Grow with each change of members, or of ranks.
  std::uint64_t participant_version = 1;
  std::uint64_t admin_version = 1;

  // A community is a group of its own, the parent, to which groups are linked. Nothing is written
  // in the parent; what concerns everybody is written in its default group.
  bool is_parent = false;
  bool is_default_sub_group = false;
  std::string parent;  // id of the community that it is linked to; empty: none

  wire::Jid jid() const { return {id, wire::server_name::kGroup, 0, 0}; }
  bool has(std::string_view phone_number) const {
    return members.contains(std::string(phone_number));
  }
  bool is_admin(std::string_view phone_number) const {
    const auto member = members.find(std::string(phone_number));
    return member != members.end() && member->second != Rank::kMember;
  }
  bool is_on(std::string_view name) const { return switches.contains(name); }

  friend bool operator==(const Group&, const Group&) = default;
};

}  // namespace doublecheck::server
