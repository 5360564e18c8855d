#pragma once

#include <map>
#include <string>
#include <string_view>

#include "harness/report/result.h"
#include "spec/base/result.h"

// A user's list of the cases that an implementation is known to fail, so that new failures can be
// told from old ones.
namespace doublecheck::harness {

inline constexpr std::size_t kMaxExpectedFailuresBytes = std::size_t{4} << 20;

// Case id -> reason.
using ExpectedFailures = std::map<std::string, std::string>;

// The `expected.json` of harness/iut/README.md. Refuses entries without case or reason, and the
// same case twice.
Result<ExpectedFailures> parse_expected_failures(std::string_view json);

// A listed failure is expected and not red; a listed case that passes is red, so that the list
// shrinks.
void apply_expected_failures(const ExpectedFailures& expected, report::CaseResult& result);

}  // namespace doublecheck::harness
