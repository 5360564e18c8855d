#include "harness/report/result.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "harness/report/verdicts.h"

namespace doublecheck::report {
namespace {

Run run_with(std::initializer_list<Verdict> verdicts) {
  report::Run run;
  for (const Verdict verdict : verdicts) {
    run.cases.emplace_back().verdict = verdict;
  }
  return run;
}

TEST(ResultTest, EveryVerdictIsFoundByItsName) {
  std::set<std::string> names;
  for (const Verdict verdict : kVerdicts) {
    const std::string name = to_string(verdict);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(verdict_from_string(name), verdict) << name;
  }
  EXPECT_EQ(names, (std::set<std::string>{"pass", "fail", "warn", "unsupported", "inconclusive",
                                          "flaky", "expected-fail", "unexpected-pass"}));
}

TEST(ResultTest, OtherTextIsNoVerdict) {
  for (const char* text : {"", "Pass", "pass ", "passed", "expected_fail"}) {
    EXPECT_EQ(verdict_from_string(text), std::nullopt) << text;
  }
}

TEST(ResultTest, RedIsWhatFailedUnexpectedlyOrProvedNothing) {
  EXPECT_TRUE(is_red(Verdict::kFail));
  EXPECT_TRUE(is_red(Verdict::kInconclusive));
  EXPECT_TRUE(is_red(Verdict::kFlaky));
  EXPECT_TRUE(is_red(Verdict::kUnexpectedPass));
  EXPECT_FALSE(is_red(Verdict::kPass));
  EXPECT_FALSE(is_red(Verdict::kWarn));
  EXPECT_FALSE(is_red(Verdict::kUnsupported));
  EXPECT_FALSE(is_red(Verdict::kExpectedFail));
}

TEST(ResultTest, TallyCountsByVerdict) {
  const auto counts = tally(run_with({Verdict::kPass, Verdict::kFail, Verdict::kPass}));
  EXPECT_EQ(counts, (std::map<Verdict, std::size_t>{{Verdict::kPass, 2}, {Verdict::kFail, 1}}));
  EXPECT_TRUE(tally(report::Run()).empty());
}

TEST(ResultTest, ARunSucceedsWhenSomethingRanAndNothingIsRed) {
  EXPECT_TRUE(succeeded(run_with({Verdict::kPass})));
  EXPECT_TRUE(succeeded(
      run_with({Verdict::kPass, Verdict::kUnsupported, Verdict::kWarn, Verdict::kExpectedFail})));
  for (const Verdict verdict : kVerdicts) {
    EXPECT_EQ(succeeded(run_with({Verdict::kPass, verdict})), !is_red(verdict))
        << to_string(verdict);
  }
}

TEST(ResultTest, ARunThatCheckedNothingIsNoSuccess) {
  EXPECT_FALSE(succeeded(report::Run()));
  EXPECT_FALSE(succeeded(run_with({Verdict::kUnsupported, Verdict::kUnsupported})));
}

}  // namespace
}  // namespace doublecheck::report
