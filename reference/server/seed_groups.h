#pragma once

#include <string>
#include <vector>

#include "reference/server/group.h"
#include "reference/server/turn.h"
#include "spec/base/result.h"

// Accounts and groups that are there before anybody has asked for them.
namespace doublecheck::server {

struct SeedGroup {
  std::string subject;
  std::vector<std::string> members;   // phone numbers; the first one is the creator
  std::vector<std::string> admins;    // of the members
  std::optional<bool> by_lid;         // otherwise as configured
  std::vector<std::string> switches;  // that are on, by their names on the wire
};

// Makes the group. Nobody is told. Fails without a member, for an account that there is not, for
// texts that are not acceptable, and past the limits of groups.
Result<Group*> seed_group(Turn& turn, const SeedGroup& wanted);

// The account of that push name; a new one gets the groups that are configured for new accounts.
Result<Account*> account_for_name(Turn& turn, std::string_view name);
// Makes an account, likewise.
Result<Account*> make_account(Turn& turn, NewAccount wanted);

}  // namespace doublecheck::server
