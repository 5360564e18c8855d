#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/group.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/wire/jid.h"

namespace doublecheck::server {

// Every group, found by id or by its invite code.
class GroupDirectory {
 public:
  // Fails when the id is no number or taken, when kMaxGroups exist, and past kMaxGroupMembers.
  Result<Group*> insert(Group group);
  // An id that no group has.
  std::string new_id(RandomSource& random) const;
  void erase(const Group& group);
  void clear();
  // An account is gone: it is in no group any more, and a group without members ends.
  void forget_account(const std::string& phone_number);

  Group* find(std::string_view id);
  // nullptr for what is no group's JID.
  Group* find(const wire::Jid& jid);
  // Whose invite code that is, or was; see Group::old_invite_codes.
  Group* by_invite_code(std::string_view code);
  // Those of which an account is a member; the groups that are linked to a community.
  std::vector<const Group*> of_member(std::string_view phone_number) const;
  std::vector<const Group*> linked_to(std::string_view parent) const;

  // In order of id.
  const std::map<std::string, Group, std::less<>>& all() const { return groups_; }

  // ---- For those who keep what changes: as in Directory.

  const std::set<std::string>& touched() const { return touched_; }
  void forget_changes() { touched_.clear(); }
  const Group* look_up(std::string_view id) const;

 private:
  std::map<std::string, Group, std::less<>> groups_;
  std::set<std::string> touched_;
};

}  // namespace doublecheck::server
