#include "harness/report/result.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace doublecheck::report {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 8> kNames = {{
    {Verdict::kPass, "pass"},
    {Verdict::kFail, "fail"},
    {Verdict::kWarn, "warn"},
    {Verdict::kUnsupported, "unsupported"},
    {Verdict::kInconclusive, "inconclusive"},
    {Verdict::kFlaky, "flaky"},
    {Verdict::kExpectedFail, "expected-fail"},
    {Verdict::kUnexpectedPass, "unexpected-pass"},
}};

}  // namespace

bool is_red(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
    case Verdict::kWarn:
    case Verdict::kUnsupported:
    case Verdict::kExpectedFail:
      return false;
    case Verdict::kFail:
    case Verdict::kInconclusive:  // or a dead peer, which makes everything inconclusive, would pass
    case Verdict::kFlaky:
    case Verdict::kUnexpectedPass:  // or a list of expected failures would outlive its reasons and
                                    // hide regressions
      return true;
  }
  return true;
}

std::string to_string(Verdict verdict) {
  const auto found =
      std::ranges::find(kNames, verdict, &std::pair<Verdict, std::string_view>::first);
  return found == kNames.end() ? std::string() : std::string(found->second);
}

std::optional<Verdict> verdict_from_string(const std::string& text) {
  const auto found = std::ranges::find(kNames, text, &std::pair<Verdict, std::string_view>::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

std::map<Verdict, std::size_t> tally(const Run& run) {
  std::map<Verdict, std::size_t> counts;
  for (const CaseResult& result : run.cases) ++counts[result.verdict];
  return counts;
}

bool succeeded(const Run& run) {
  const auto ran = [](const CaseResult& result) { return result.verdict != Verdict::kUnsupported; };
  const auto red = [](const CaseResult& result) { return is_red(result.verdict); };
  return std::ranges::any_of(run.cases, ran) && std::ranges::none_of(run.cases, red);
}

}  // namespace doublecheck::report
