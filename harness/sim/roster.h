#pragma once

#include <map>
#include <string>

#include "spec/wire/jid.h"

namespace doublecheck::harness::sim {

// The users of a world, and their names on the wire. A group has no other name than its JID.
class Roster {
 public:
  struct User {
    std::string name;
    std::string phone_number;
    std::string lid;
  };

  void add(const User& user) {
    users_[user.name] = user;
    names_[wire::Jid::of_user(user.phone_number).to_string()] = user.name;
    names_[wire::Jid::of_lid(user.lid).to_string()] = user.name;
  }
  const User& user(const std::string& name) const { return users_.at(name); }

  // Who this is; a JID of nobody's is its own name, which no oracle will take for a user's.
  std::string name_of(const wire::Jid& jid) const {
    const std::string account = jid.account().to_string();
    const auto found = names_.find(account);
    return found == names_.end() ? account : found->second;
  }

 private:
  std::map<std::string, User> users_;
  std::map<std::string, std::string> names_;  // by JID
};

}  // namespace doublecheck::harness::sim
