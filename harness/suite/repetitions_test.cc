#include "harness/suite/repetitions.h"

#include <gtest/gtest.h>

#include <vector>

namespace doublecheck::harness {
namespace {

using report::CaseResult;
using report::Verdict;

CaseResult repetition(Verdict verdict, const std::string& message) {
  CaseResult result;
  result.verdict = verdict;
  result.message = message;
  result.actual = "what came with " + message;
  return result;
}

TEST(RepetitionsTest, ThoseThatAgreeAreOne) {
  const std::vector<CaseResult> failed = {repetition(Verdict::kFail, "a"),
                                          repetition(Verdict::kFail, "b")};
  const Repeated merged = merge_repetitions(failed);
  EXPECT_EQ(merged.result.verdict, Verdict::kFail);
  EXPECT_EQ(merged.result.message, "a");
  EXPECT_EQ(merged.repetition, 0U);
}

TEST(RepetitionsTest, OneThatDisagreesMakesItFlaky) {
  const std::vector<CaseResult> mixed = {
      repetition(Verdict::kPass, ""), repetition(Verdict::kPass, ""),
      repetition(Verdict::kFail, "no ack"), repetition(Verdict::kInconclusive, "no login"),
      repetition(Verdict::kPass, "")};
  const Repeated merged = merge_repetitions(mixed);
  EXPECT_EQ(merged.result.verdict, Verdict::kFlaky);
  EXPECT_EQ(merged.result.message,
            "different verdicts over repetitions; one of them: fail, no ack");
  EXPECT_EQ(merged.result.actual, "what came with no ack");
  EXPECT_EQ(merged.repetition, 2U);
}

TEST(RepetitionsTest, OneThatPassesDoesNotHideAFailureBeforeIt) {
  const std::vector<CaseResult> mixed = {repetition(Verdict::kFail, "no ack"),
                                         repetition(Verdict::kPass, "")};
  const Repeated merged = merge_repetitions(mixed);
  EXPECT_EQ(merged.result.verdict, Verdict::kFlaky);
  EXPECT_EQ(merged.repetition, 0U);
}

}  // namespace
}  // namespace doublecheck::harness
