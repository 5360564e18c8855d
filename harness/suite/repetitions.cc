#include "harness/suite/repetitions.h"

#include <algorithm>

namespace doublecheck::harness {

Repeated merge_repetitions(std::span<const report::CaseResult> repetitions) {
  const auto disagrees = [&](const report::CaseResult& one) {
    return one.verdict != repetitions.front().verdict;
  };
  if (std::ranges::none_of(repetitions, disagrees)) return {repetitions.front()};
  const auto told = std::ranges::find_if(repetitions, [](const report::CaseResult& one) {
    return one.verdict != report::Verdict::kPass;
  });
  Repeated merged{*told, static_cast<std::size_t>(told - repetitions.begin())};
  merged.result.message =
      "different verdicts over repetitions; one of them: " + to_string(told->verdict) + ", " +
      told->message;
  merged.result.verdict = report::Verdict::kFlaky;
  return merged;
}

}  // namespace doublecheck::harness
