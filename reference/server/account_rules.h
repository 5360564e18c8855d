#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/account_settings.h"
#include "spec/base/result.h"

// Accounts get their settings by the push name that their first device registers with: clients that
// cannot call an admin API ask for behaviour by their name.
namespace doublecheck::server {

inline constexpr std::size_t kMaxAccountRules = 1000;

// What applies to a name in which `pattern`, a regular expression (ECMAScript), is found. When
// `flags` names one of its groups, the words in that group, between commas or spaces, are looked up
// in `flag_settings`; a word that is not there means nothing.
struct AccountRule {
  std::string pattern;
  AccountSettings settings = {};
  std::optional<std::size_t> flags = {};
  std::map<std::string, AccountSettings, std::less<>> flag_settings = {};
};

// Rules in order: where two set one thing, the later wins; a flag wins over its own rule, a later
// flag over an earlier.
class AccountRules {
 public:
  // Fails for a pattern that is no regular expression, for a group that it does not have, and past
  // kMaxAccountRules.
  Result<> add(AccountRule rule);

  // What an account of this name starts with. Names are short (kMaxPushNameBytes), patterns are the
  // operator's own.
  AccountSettings settings_for(const std::string& push_name) const;

 private:
  struct Compiled;
  std::vector<std::shared_ptr<const Compiled>> rules_;
};

}  // namespace doublecheck::server
