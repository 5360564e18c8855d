#include "harness/suite/expected_failures.h"

#include <gtest/gtest.h>

namespace doublecheck::harness {
namespace {

using report::Verdict;

report::CaseResult result_of(Verdict verdict) {
  report::CaseResult result;
  result.id = "client/noise/a";
  result.verdict = verdict;
  return result;
}

Verdict after_listing(Verdict verdict) {
  report::CaseResult result = result_of(verdict);
  apply_expected_failures({{"client/noise/a", "known"}}, result);
  return result.verdict;
}

TEST(ExpectedFailures, ReadsTheList) {
  const auto expected = parse_expected_failures(
      R"({"library":"x","expected":[{"case":"client/noise/a","requirement":"NOISE-01","reason":"known"}]})");
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(*expected, (ExpectedFailures{{"client/noise/a", "known"}}));
}

TEST(ExpectedFailures, RefusesWhatIsNoList) {
  EXPECT_FALSE(parse_expected_failures("[]").has_value());
  EXPECT_FALSE(parse_expected_failures("{").has_value());
  EXPECT_FALSE(parse_expected_failures(R"({"expected":{}})").has_value());
  EXPECT_FALSE(parse_expected_failures(R"({"expected":[{"case":"a"}]})").has_value());
  EXPECT_FALSE(parse_expected_failures(R"({"expected":[{"case":"a","reason":""}]})").has_value());
  EXPECT_FALSE(parse_expected_failures(
                   R"({"expected":[{"case":"a","reason":"x"},{"case":"a","reason":"y"}]})")
                   .has_value());
}

TEST(ExpectedFailures, BoundsTheFile) {
  const std::string list = R"({"expected":[]})";
  std::string at_the_limit = list + std::string(kMaxExpectedFailuresBytes - list.size(), ' ');
  EXPECT_TRUE(parse_expected_failures(at_the_limit).has_value());
  EXPECT_FALSE(parse_expected_failures(at_the_limit + " ").has_value());
}

TEST(ExpectedFailures, AListedFailureIsExpectedAndAListedPassIsNot) {
  EXPECT_EQ(after_listing(Verdict::kFail), Verdict::kExpectedFail);
  EXPECT_EQ(after_listing(Verdict::kWarn), Verdict::kExpectedFail);
  EXPECT_EQ(after_listing(Verdict::kPass), Verdict::kUnexpectedPass);
  EXPECT_EQ(after_listing(Verdict::kInconclusive), Verdict::kInconclusive);
  EXPECT_EQ(after_listing(Verdict::kUnsupported), Verdict::kUnsupported);
}

TEST(ExpectedFailures, LeavesOtherCasesAlone) {
  report::CaseResult result = result_of(Verdict::kFail);
  apply_expected_failures({{"client/noise/b", "known"}}, result);
  EXPECT_EQ(result.verdict, Verdict::kFail);
}

}  // namespace
}  // namespace doublecheck::harness
