#pragma once

#include <map>
#include <optional>
#include <string>

#include "reference/server/account.h"

// What an operator chooses for an account: in a profile, when it is made, or later.
namespace doublecheck::server {

// A/B props by code.
using Props = std::map<std::string, std::string>;

struct AccountSettings {
  Props props = {};  // added to those that it has
  std::optional<ContactPolicy> contact_policy = {};
  std::optional<FirstContactSalt> salt = {};

  // Changes what `later` sets.
  void merge(const AccountSettings& later);

  // Changes the account. Nobody is told.
  void apply(Account& account) const;

  friend bool operator==(const AccountSettings&, const AccountSettings&) = default;
};

}  // namespace doublecheck::server
