#include "harness/report/matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "harness/report/sample_run.h"

namespace doublecheck::report {
namespace {

using testing::ElementsAre;

CaseResult one_case(const std::string& layer, const std::string& name, Verdict verdict) {
  CaseResult result = sample_case(verdict);
  result.layer = layer;
  result.id = "client/" + layer + "/" + name;
  return result;
}

Run run_of(const std::string& name, std::vector<CaseResult> cases) {
  Run run = sample_run();
  run.subject = {"client", "a command", name, "1"};
  run.cases = std::move(cases);
  return run;
}

TEST(MatrixTest, CasesOfAllRunsAreRowsAndRunsAreColumns) {
  const std::vector<report::Run> runs = {
      run_of("a", {one_case("noise", "z", Verdict::kPass), one_case("acks", "y", Verdict::kPass)}),
      run_of("b",
             {one_case("noise", "x", Verdict::kFail), one_case("noise", "z", Verdict::kFail)})};
  const Matrix matrix = merge(runs);
  EXPECT_THAT(matrix.names, ElementsAre("a 1", "b 1"));
  ASSERT_EQ(matrix.layers.size(), 2U);
  EXPECT_EQ(matrix.layers[0].name, "acks");
  EXPECT_THAT(matrix.layers[0].rows[0].results, ElementsAre(&runs[0].cases[1], nullptr));
  ASSERT_EQ(matrix.layers[1].rows.size(), 2U);
  EXPECT_EQ(matrix.layers[1].rows[0].described, &runs[1].cases[0]);
  EXPECT_THAT(matrix.layers[1].rows[0].results, ElementsAre(nullptr, &runs[1].cases[0]));
  EXPECT_THAT(matrix.layers[1].rows[1].results, ElementsAre(&runs[0].cases[0], &runs[1].cases[1]));
}

TEST(MatrixTest, ColumnsCanBeToldApart) {
  const std::vector<report::Run> runs = {run_of("a", {}), run_of("a", {}), run_of("a 1 (2)", {}),
                                         run_of("a", {})};
  EXPECT_THAT(merge(runs).names, ElementsAre("a 1", "a 1 (2)", "a 1 (2) 1", "a 1 (3)"));
}

TEST(MatrixTest, ACaseThatIsTwiceInARunCountsOnce) {
  const std::vector<report::Run> runs = {
      run_of("a", {one_case("acks", "x", Verdict::kFail), one_case("acks", "x", Verdict::kPass)})};
  const Matrix matrix = merge(runs);
  ASSERT_EQ(matrix.layers[0].rows.size(), 1U);
  EXPECT_EQ(matrix.layers[0].rows[0].results[0]->verdict, Verdict::kFail);
}

TEST(MatrixTest, OnlyVerdictsOfThoseThatRanDiffer) {
  const CaseResult pass = sample_case(Verdict::kPass);
  const CaseResult fail = sample_case(Verdict::kFail);
  EXPECT_FALSE(differs({&pass, {&pass, &pass}}));
  EXPECT_FALSE(differs({&pass, {&pass, nullptr}}));
  EXPECT_TRUE(differs({&pass, {&pass, &fail}}));
}

TEST(MatrixTest, OtherRunsOfTheSameSuiteAreAsked) {
  std::vector<report::Run> runs = {run_of("a", {one_case("acks", "x", Verdict::kFail)}),
                                   run_of("b", {one_case("acks", "x", Verdict::kWarn)}),
                                   run_of("c", {one_case("acks", "x", Verdict::kPass)}),
                                   run_of("d", {one_case("acks", "x", Verdict::kUnsupported)}),
                                   run_of("reference", {one_case("acks", "x", Verdict::kPass)})};
  runs[4].subject.how = "in process";
  const Elsewhere known = elsewhere(runs, merge(runs).layers[0].rows[0], 0);
  EXPECT_EQ(known.reference, Verdict::kPass);
  EXPECT_EQ(known.others, 2U);
  EXPECT_EQ(known.others_failed, 1U);
  for (std::size_t other = 1; other < runs.size(); ++other) runs[other].suite_version = "0.0.9";
  const Elsewhere alone = elsewhere(runs, merge(runs).layers[0].rows[0], 0);
  EXPECT_EQ(alone.reference, std::nullopt);
  EXPECT_EQ(alone.others, 0U);
}

TEST(MatrixTest, WhatIsUnknownMayBearOnSecurity) {
  CaseResult result = sample_case(Verdict::kFail);
  result.requirements = {"KEEP-01"};
  EXPECT_FALSE(bears_on_security(result));
  result.requirements = {"KEEP-01", "NONE-99"};
  EXPECT_TRUE(bears_on_security(result));
}

}  // namespace
}  // namespace doublecheck::report
