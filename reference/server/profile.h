#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/account_rules.h"
#include "reference/server/admin.h"
#include "reference/server/config.h"
#include "spec/base/result.h"

// Start-up profiles: what can be set, in a file that is read at start. The habits of existing test
// set-ups are such files, and nothing about them is in the program.
namespace doublecheck::server {

inline constexpr std::size_t kMaxProfileBytes = std::size_t{1024} * 1024;

struct Profile {
  Config config;
  AccountRules rules;
  std::map<std::string, std::string> routes;  // other paths, each for one of the admin API

  // What to carry out at start, in this order: what makes accounts and groups is for a server that
  // has no accounts yet.
  std::vector<AdminCommand> seeds = {};
  std::vector<AdminCommand> faults = {};
};

// The value of an environment variable, nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& variable)>;

// Reads a profile (JSON; reference/server/README.md has its keys): `config`, changed by its section
// `config`, and then by those variables of its section `env` that are set. An unknown key is an
// error that names it.
Result<Profile> parse_profile(std::string_view text, const Environment& environment,
                              Config config = {});

}  // namespace doublecheck::server
