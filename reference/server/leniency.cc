#include "reference/server/leniency.h"

#include <algorithm>
#include <array>
#include <utility>

#include "spec/requirements/requirement.h"

namespace doublecheck::server {
namespace {

// reference/server/README.md says what each of them means for a client.
constexpr auto kWaived = std::to_array<Rule>({
    Rule::PAYLOAD_06,
    Rule::PAYLOAD_07,
    Rule::PAIR_04,
    Rule::PAIR_12,
    Rule::PAIR_13,
    Rule::CODE_03,
    Rule::PREKEY_16,
    Rule::STANZA_14,
    Rule::STANZA_133,
    Rule::TOKEN_12,
});

}  // namespace

bool is_waived(Rule rule) { return std::ranges::find(kWaived, rule) != kWaived.end(); }

bool Leniency::decide(Rule rule, bool holds) {
  const bool decided = first_ == nullptr ? holds : first_->decide(rule, holds);
  if (decided || !lenient_ || !is_waived(rule)) return decided;
  waived_.emplace(requirement(rule).id);
  return true;
}

std::set<std::string> Leniency::take_waived() { return std::exchange(waived_, {}); }

}  // namespace doublecheck::server
