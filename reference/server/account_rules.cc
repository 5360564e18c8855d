#include "reference/server/account_rules.h"

#include <regex>
#include <utility>

namespace doublecheck::server {
namespace {

// Calls `use` for each word between commas or spaces.
template <typename Use>
void for_each_word(std::string_view text, Use use) {
  constexpr std::string_view kSeparators = ", ";
  for (std::size_t start = text.find_first_not_of(kSeparators); start != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, start), text.size());
    use(text.substr(start, end - start));
    start = text.find_first_not_of(kSeparators, end);
  }
}

}  // namespace

struct AccountRules::Compiled {
  AccountRule rule;
  std::regex pattern;
};

Result<> AccountRules::add(AccountRule rule) {
  if (rules_.size() >= kMaxAccountRules)
    return fail("account rule", "there are kMaxAccountRules already");
  std::regex pattern;
  try {
    pattern.assign(rule.pattern);
  } catch (const std::regex_error&) {
    return fail("account rule", "\"" + rule.pattern + "\" is not a regular expression");
  }
  if (rule.flags && *rule.flags > pattern.mark_count()) {
    return fail("account rule",
                "\"" + rule.pattern + "\" has no group " + std::to_string(*rule.flags));
  }
  rules_.push_back(std::make_shared<const Compiled>(Compiled{std::move(rule), std::move(pattern)}));
  return {};
}

AccountSettings AccountRules::settings_for(const std::string& push_name) const {
  AccountSettings settings;
  for (const auto& compiled : rules_) {
    std::smatch match;
    if (!std::regex_search(push_name, match, compiled->pattern)) continue;
    const AccountRule& rule = compiled->rule;
    settings.merge(rule.settings);
    if (!rule.flags) continue;
    for_each_word(match.str(*rule.flags), [&](std::string_view flag) {
      const auto known = rule.flag_settings.find(flag);
      if (known != rule.flag_settings.end()) settings.merge(known->second);
    });
  }
  return settings;
}

}  // namespace doublecheck::server
