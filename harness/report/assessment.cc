#include "harness/report/assessment.h"

#include <fmt/core.h>

#include <algorithm>

#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

// A failure at everybody says more about the question than about the answers.
constexpr std::size_t kEnoughOthers = 2;

std::optional<Requirement> first_requirement(const CaseResult& result) {
  if (result.requirements.empty()) return std::nullopt;
  const auto rule = rule_from_id(result.requirements.front());
  if (!rule) return std::nullopt;
  return requirement(*rule);
}

std::string known_how_well(const Requirement& requirement) {
  return fmt::format("{} ({}) is {}", requirement.id, to_string(requirement.level),
                     requirement.evidence == Requirement::Evidence::kPublished
                         ? "published"
                         : "observed in many implementations");
}

Assessment assess_failure(const CaseResult& result, const Elsewhere& elsewhere) {
  if (result.verdict == Verdict::kExpectedFail) {
    return {"the implementation",
            "its list of expected failures says: " + result.expected_fail_reason};
  }
  const auto checked = first_requirement(result);
  if (checked && !checked->contested.empty()) {
    return {"nobody", fmt::format("implementations legitimately differ about {}: {}", checked->id,
                                  checked->contested)};
  }
  if (elsewhere.reference && is_failure(*elsewhere.reference))
    return {"the suite", "its own reference fails this case"};
  if (elsewhere.others >= kEnoughOthers && elsewhere.others_failed == elsewhere.others) {
    return {"the suite, perhaps",
            fmt::format("none of the {} implementations that ran it passes", elsewhere.others + 1)};
  }
  if (!checked) return {"open", "this catalogue does not have the requirement"};
  if (checked->evidence == Requirement::Evidence::kProfile) {
    return {
        "the implementation or the suite",
        fmt::format("{} is this suite's own choice, and others may choose otherwise", checked->id)};
  }
  if (checked->evidence == Requirement::Evidence::kObservedOne) {
    return {"the implementation or the suite",
            fmt::format("{} is known from one implementation only", checked->id)};
  }
  return {"the implementation",
          known_how_well(*checked) +
              (elsewhere.reference == Verdict::kPass ? ", and the reference passes" : "")};
}

}  // namespace

bool is_failure(Verdict verdict) {
  return verdict == Verdict::kFail || verdict == Verdict::kWarn ||
         verdict == Verdict::kExpectedFail;
}

bool is_reference(const Run& run) { return run.subject.how == "in process"; }

Elsewhere known_from(const Run& run, const CaseResult& result) {
  Elsewhere known;
  if (is_reference(run)) known.reference = result.verdict;
  return known;
}

Assessment assess(const CaseResult& result, const Elsewhere& elsewhere) {
  switch (result.verdict) {
    case Verdict::kPass:
      return {};
    case Verdict::kUnsupported:
      return {"nobody",
              "the implementation, or the way it is plugged in, cannot do what the case needs"};
    case Verdict::kInconclusive:
      return {"the set-up",
              "a precondition or the positive control failed, so this says nothing about the "
              "requirement"};
    case Verdict::kUnexpectedPass:
      return {"the list of expected failures", "the case is on it, and passes: take it off"};
    case Verdict::kFlaky:
      return {"open", "verdicts differ over repeats, so time or order decides"};
    case Verdict::kFail:
    case Verdict::kWarn:
    case Verdict::kExpectedFail:
      return assess_failure(result, elsewhere);
  }
  return {};
}

const TranscriptLine* last_sent(const CaseResult& result) {
  const auto found = std::ranges::find(result.transcript.rbegin(), result.transcript.rend(), "sent",
                                       &TranscriptLine::direction);
  return found == result.transcript.rend() ? nullptr : &*found;
}

}  // namespace doublecheck::report
