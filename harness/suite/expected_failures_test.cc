#include "harness/suite/expected_failures.h"

#include <gtest/gtest.h>

namespace doublecheck::harness {
namespace {

using report::Verdict;

constexpr std::string_view kToday = "2027-06-30";

report::CaseResult result_of(Verdict verdict) {
  report::CaseResult result;
  result.id = "client/noise/a";
  result.verdict = verdict;
  return result;
}

Verdict after_listing(Verdict verdict) {
  report::CaseResult result = result_of(verdict);
  apply_expected_failures({{"client/noise/a", {"known"}}}, kToday, result);
  return result.verdict;
}

TEST(ExpectedFailures, ReadsTheList) {
  const auto expected = parse_expected_failures(
      R"({"library":"x","expected":[{"case":"client/noise/a","requirement":"NOISE-01","reason":"known"}]})");
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(*expected, (ExpectedFailures{{"client/noise/a", {"known"}}}));
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
  apply_expected_failures({{"client/noise/b", {"known"}}}, kToday, result);
  EXPECT_EQ(result.verdict, Verdict::kFail);
}

TEST(ExpectedFailures, ReadsWhoMindsUntilWhenAndHowItFails) {
  const auto expected = parse_expected_failures(
      R"({"expected":[{"case":"a","reason":"r","owner":"o","expires":"2027-06-30","message":"m"}]})");
  ASSERT_TRUE(expected.has_value());
  EXPECT_EQ(expected->at("a"), (ExpectedFailure{"r", "o", "2027-06-30", "m"}));
  for (const char* date : {"tomorrow", "2027-6-30", "2027-06-300", ""}) {
    EXPECT_FALSE(parse_expected_failures(R"({"expected":[{"case":"a","reason":"r","expires":")" +
                                         std::string(date) + R"("}]})"))
        << date;
  }
}

TEST(ExpectedFailures, AnEntryHoldsUntilItsLastDay) {
  for (const auto& [today, verdict] :
       {std::pair{"2027-06-30", Verdict::kExpectedFail}, std::pair{"2027-07-01", Verdict::kFail}}) {
    report::CaseResult result = result_of(Verdict::kFail);
    apply_expected_failures({{"client/noise/a", {.reason = "r", .expires = "2027-06-30"}}}, today,
                            result);
    EXPECT_EQ(result.verdict, verdict) << today;
  }
}

TEST(ExpectedFailures, FailingInAnotherWayIsNew) {
  for (const auto& [message, verdict] : {std::pair{"the known way", Verdict::kExpectedFail},
                                         std::pair{"another way", Verdict::kFail}}) {
    report::CaseResult result = result_of(Verdict::kFail);
    result.message = message;
    apply_expected_failures({{"client/noise/a", {.reason = "r", .message = "the known way"}}},
                            kToday, result);
    EXPECT_EQ(result.verdict, verdict) << message;
  }
}

report::CaseResult named(const std::string& id, Verdict verdict, const std::string& message) {
  report::CaseResult result;
  result.id = id;
  result.verdict = verdict;
  result.message = message;
  result.requirements = {"NOISE-01"};
  return result;
}

TEST(ExpectedFailures, AreBroughtUpToDate) {
  report::Run run;
  run.cases = {named("passes", Verdict::kPass, ""), named("same", Verdict::kFail, "m"),
               named("changed", Verdict::kWarn, "new"), named("added", Verdict::kFail, "why"),
               named("unsupported", Verdict::kUnsupported, "")};
  const auto updated = update_expected_failures(
      R"({"library":"x","expected":[{"case":"passes","reason":"r"},
          {"case":"same","reason":"r","owner":"o","message":"m"},
          {"case":"changed","reason":"r","message":"old"},{"case":"not run","reason":"r"}]})",
      run);
  ASSERT_TRUE(updated.has_value());
  EXPECT_EQ(updated->changes, (std::vector<std::string>{"- passes", "~ changed", "+ added"}));
  const auto list = parse_expected_failures(updated->json);
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(*list, (ExpectedFailures{{"same", {.reason = "r", .owner = "o", .message = "m"}},
                                     {"changed", {.reason = "r", .message = "new"}},
                                     {"added", {.reason = "why", .message = "why"}},
                                     {"not run", {.reason = "r"}}}));
  EXPECT_NE(updated->json.find("\"library\": \"x\""), std::string::npos);
  // What is up to date stays so.
  EXPECT_TRUE(update_expected_failures(updated->json, run)->changes.empty());
}

}  // namespace
}  // namespace doublecheck::harness
