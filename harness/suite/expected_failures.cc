#include "harness/suite/expected_failures.h"

#include <nlohmann/json.hpp>

namespace doublecheck::harness {

using report::Verdict;

Result<ExpectedFailures> parse_expected_failures(std::string_view text) {
  if (text.size() > kMaxExpectedFailuresBytes) {
    return fail("expected failures", "the file is larger than kMaxExpectedFailuresBytes");
  }
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return fail("expected failures", "the file is not a JSON object");
  const auto list = json.find("expected");
  if (list == json.end() || !list->is_array())
    return fail("expected failures", "there is no list `expected`");
  ExpectedFailures expected;
  for (const auto& entry : *list) {
    const bool complete = entry.is_object() && entry.contains("case") &&
                          entry["case"].is_string() && entry.contains("reason") &&
                          entry["reason"].is_string() &&
                          !entry["reason"].get<std::string>().empty();
    if (!complete)
      return fail("expected failures", "an entry without case or reason: " + entry.dump());
    const auto id = entry["case"].get<std::string>();
    if (!expected.emplace(id, entry["reason"].get<std::string>()).second) {
      return fail("expected failures", id + " is listed twice");
    }
  }
  return expected;
}

void apply_expected_failures(const ExpectedFailures& expected, report::CaseResult& result) {
  const auto found = expected.find(result.id);
  if (found == expected.end()) return;
  if (result.verdict == Verdict::kFail || result.verdict == Verdict::kWarn) {
    result.verdict = Verdict::kExpectedFail;
    result.expected_fail_reason = found->second;
  } else if (result.verdict == Verdict::kPass) {
    result.verdict = Verdict::kUnexpectedPass;
    result.message = "passes, although it is listed as a known failure: " + found->second;
  }
}

}  // namespace doublecheck::harness
