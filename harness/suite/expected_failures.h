#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/result.h"
#include "spec/base/result.h"

// A user's list of the cases that an implementation is known to fail, so that new failures can be
// told from old ones.
namespace doublecheck::harness {

inline constexpr std::size_t kMaxExpectedFailuresBytes = std::size_t{4} << 20;

struct ExpectedFailure {
  std::string reason;
  std::optional<std::string> owner = {};    // who minds it
  std::optional<std::string> expires = {};  // the last day of the entry, "2027-06-30"
  std::optional<std::string> message =
      {};  // exactly how the case fails; without it, any way will do

  friend bool operator==(const ExpectedFailure&, const ExpectedFailure&) = default;
};

// By the id of the case.
using ExpectedFailures = std::map<std::string, ExpectedFailure>;

// The `expected.json` of harness/iut/README.md. Refuses entries without case or reason, dates that
// are none, and the same case twice.
Result<ExpectedFailures> parse_expected_failures(std::string_view json);

// A listed failure is expected and not red. A listed case that passes is red, so that the list
// shrinks; so are one that fails in another way than the list says, and one whose entry has
// expired. `today` is written as `expires` is.
void apply_expected_failures(const ExpectedFailures& expected, std::string_view today,
                             report::CaseResult& result);

// The list brought up to date with a run of which no list has been applied: cases that pass go, and
// messages become those of the run; cases that fail are added, with their message for a reason
// until somebody gives a better one. All else stays as it is; so does the list's entry of a case
// that was not run.
struct UpdatedList {
  std::string json;
  std::vector<std::string> changes;  // "- client/noise/a", "+ client/noise/b", "~ client/noise/c"
};
Result<UpdatedList> update_expected_failures(std::string_view json, const report::Run& run);

}  // namespace doublecheck::harness
