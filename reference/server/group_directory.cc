#include "reference/server/group_directory.h"

#include <algorithm>
#include <utility>

#include "reference/server/chat_ids.h"
#include "reference/server/limits.h"

namespace doublecheck::server {

Result<Group*> GroupDirectory::insert(Group group) {
  if (!is_chat_id(group.id)) return fail("group", "the id must be 1 to 20 digits");
  if (groups_.contains(group.id)) return fail("group", "the id is taken");
  if (groups_.size() >= kMaxGroups) return fail("group", "kMaxGroups exist already");
  if (group.members.size() > kMaxGroupMembers)
    return fail("group", "has more than kMaxGroupMembers members");
  touched_.insert(group.id);
  std::string id = group.id;
  return &groups_.emplace(std::move(id), std::move(group)).first->second;
}

std::string GroupDirectory::new_id(RandomSource& random) const {
  for (;;) {
    std::string id = new_chat_id(random);
    if (!groups_.contains(id)) return id;
  }
}

void GroupDirectory::erase(const Group& group) {
  touched_.insert(group.id);
  groups_.erase(groups_.find(group.id));
}

void GroupDirectory::clear() {
  for (const auto& [id, group] : groups_) touched_.insert(id);
  groups_.clear();
}

void GroupDirectory::forget_account(const std::string& phone_number) {
  for (const Group* joined : of_member(phone_number)) {
    Group& group = *find(joined->id);
    group.members.erase(phone_number);
    if (group.members.empty()) erase(group);
  }
}

Group* GroupDirectory::find(std::string_view id) {
  const auto found = groups_.find(id);
  if (found == groups_.end()) return nullptr;
  touched_.insert(found->first);
  return &found->second;
}

Group* GroupDirectory::find(const wire::Jid& jid) {
  return jid.server == wire::server_name::kGroup ? find(jid.user.view()) : nullptr;
}

Group* GroupDirectory::by_invite_code(std::string_view code) {
  if (code.empty()) return nullptr;
  const auto found = std::ranges::find_if(groups_, [&](const auto& entry) {
    const Group& group = entry.second;
    return group.invite_code == code || group.old_invite_codes.contains(std::string(code));
  });
  return found == groups_.end() ? nullptr : find(found->first);
}

std::vector<const Group*> GroupDirectory::of_member(std::string_view phone_number) const {
  std::vector<const Group*> found;
  for (const auto& [id, group] : groups_) {
    if (group.has(phone_number)) found.push_back(&group);
  }
  return found;
}

std::vector<const Group*> GroupDirectory::linked_to(std::string_view parent) const {
  std::vector<const Group*> found;
  for (const auto& [id, group] : groups_) {
    if (!parent.empty() && group.parent == parent) found.push_back(&group);
  }
  return found;
}

const Group* GroupDirectory::look_up(std::string_view id) const {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : &found->second;
}

}  // namespace doublecheck::server
