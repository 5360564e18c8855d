#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "spec/base/time.h"
#include "spec/trace/record.h"

// Who was in which group when.
namespace doublecheck::oracle {

class Memberships {
 public:
  void observe(Instant at, const trace::MembershipChanged& change);

  // Whether this is the name of a group.
  bool is_group(const std::string& name) const { return groups_.contains(name); }

  // Whether the user was in the group all the time from `from` to `to`, or at some time. Both ends
  // belong to it, and at the moment of a change both is true: in, and not in.
  bool throughout(const std::string& group, const std::string& user, Instant from,
                  Instant to) const;
  bool within(const std::string& group, const std::string& user, Instant from, Instant to) const;

 private:
  struct Change {
    Instant at;
    bool is_member = false;
  };
  using Changes = std::vector<Change>;  // in order of time

  // Whether the user was a member, or was not, at some time.
  bool was(bool member, const std::string& group, const std::string& user, Instant from,
           Instant to) const;

  std::map<std::string, std::map<std::string, Changes>> groups_;  // by name, and by user
};

}  // namespace doublecheck::oracle
