#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/sim/roster.h"
#include "reference/server/server.h"
#include "spec/trace/record.h"

// Who is in which group, for the oracle: looks at what the server knows, and tells what is not as
// it was.
namespace doublecheck::harness::sim {

class GroupWatch {
 public:
  explicit GroupWatch(const Roster& roster) : roster_(roster) {}

  std::vector<trace::MembershipChanged> changes(const server::State& state) {
    std::vector<trace::MembershipChanged> changes;
    for (const auto& [id, group] : state.groups.all()) {
      const std::string name = group.jid().to_string();
      std::set<std::string> users;
      for (const auto& [phone_number, rank] : group.members)
        users.insert(roster_.name_of(wire::Jid::of_user(phone_number)));
      std::set<std::string>& known = members_[name];
      for (const std::string& user : users) {
        if (!known.contains(user)) changes.push_back({name, user, true});
      }
      for (const std::string& user : known) {
        if (!users.contains(user)) changes.push_back({name, user, false});
      }
      known = std::move(users);
    }
    return changes;
  }

 private:
  const Roster& roster_;
  std::map<std::string, std::set<std::string>> members_;  // by group
};

}  // namespace doublecheck::harness::sim
