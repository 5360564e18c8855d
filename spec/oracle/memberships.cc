#include "spec/oracle/memberships.h"

namespace doublecheck::oracle {

void Memberships::observe(Instant at, const trace::MembershipChanged& change) {
  groups_[change.group][change.user].push_back({.at = at, .is_member = change.is_member});
}

bool Memberships::was(bool member, const std::string& group, const std::string& user, Instant from,
                      Instant to) const {
  bool state = false;  // nobody is in a group before it is said
  const auto found_group = groups_.find(group);
  if (found_group != groups_.end()) {
    const auto changes = found_group->second.find(user);
    if (changes != found_group->second.end()) {
      for (const Change& change : changes->second) {
        if (change.at > to) break;
        if (change.at >= from && state == member) return true;
        state = change.is_member;
      }
    }
  }
  return state == member;
}

bool Memberships::throughout(const std::string& group, const std::string& user, Instant from,
                             Instant to) const {
  return !was(false, group, user, from, to);
}

bool Memberships::within(const std::string& group, const std::string& user, Instant from,
                         Instant to) const {
  return was(true, group, user, from, to);
}

}  // namespace doublecheck::oracle
