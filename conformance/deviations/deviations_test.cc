#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "conformance/deviations/deviation.h"
#include "conformance/deviations/run_in_process.h"
#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// The suite notices every deviation, by the case that is meant to, and under the requirement that
// is violated.
namespace doublecheck::deviations {
namespace {

using harness::Case;
using report::CaseResult;
using report::Verdict;

std::string describe(const CaseResult& result) {
  return result.id + ": " + report::to_string(result.verdict) + " " + result.message;
}

// The cases of this role that check the rule.
std::vector<const Case*> cases_that_check(Rule rule, std::string_view role) {
  std::vector<const Case*> found;
  for (const Case& one : harness::all_cases()) {
    if (one.role() == role && std::ranges::find(one.checks, rule) != one.checks.end())
      found.push_back(&one);
  }
  return found;
}

class EachDeviation : public testing::TestWithParam<Deviation> {};

TEST_P(EachDeviation, IsNoticedByTheCaseThatIsMeantTo) {
  const Deviation& deviation = GetParam();
  bool was_run = false;
  std::string blind;
  for (const Case* one : cases_that_check(deviation.violates, deviation.role())) {
    const CaseResult result = run_on_deviation(*one, deviation);
    if (one->id() != deviation.caught_by) {
      if (!noticed(result)) blind += " " + result.id;
      continue;
    }
    was_run = true;
    const CaseResult on_reference = run_on_reference(*one);
    EXPECT_EQ(on_reference.verdict, Verdict::kPass) << describe(on_reference);
    EXPECT_TRUE(noticed(result)) << "SURVIVOR " << deviation.name << "\n" << describe(result);
    EXPECT_EQ(std::ranges::count(result.requirements, rule_id(deviation.violates)), 1);
  }
  EXPECT_TRUE(was_run) << deviation.caught_by << " does not check " << rule_id(deviation.violates);
  // Not a fault: cases of one requirement look at different sides of it.
  if (!blind.empty()) {
    std::printf("%s is not noticed by%s\n", std::string(deviation.name).c_str(), blind.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachDeviation, testing::ValuesIn(deviations()),
                         [](const testing::TestParamInfo<Deviation>& tested) {
                           std::string name(tested.param.name);
                           std::ranges::replace(name, '/', '_');
                           return name;
                         });

TEST(Deviations, HaveNamesOfTheirOwn) {
  std::vector<std::string_view> names;
  for (const Deviation& each : deviations()) names.push_back(each.name);
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(Deviations, AreInstalledInExactlyOneWay) {
  for (const Deviation& each : deviations()) {
    EXPECT_EQ((each.server_tamper ? 1 : 0) + (each.client_tamper ? 1 : 0) +
                  (each.codec_tamper ? 1 : 0) + (each.guard ? 1 : 0),
              1)
        << each.name;
    EXPECT_TRUE(!each.server_tamper || each.role() == "server") << each.name;
    EXPECT_TRUE(!each.client_tamper || each.role() == "client") << each.name;
    EXPECT_TRUE(!each.codec_tamper || each.role() == "codec") << each.name;
  }
}

// The alarm itself: a test of this kind that cannot fail would notice nothing.
TEST(Deviations, AreNotSeenOnTheReference) {
  const Deviation nothing{.name = "server/does_nothing_wrong",
                          .sentence = "Does nothing wrong",
                          .violates = Rule::STANZA_40,
                          .caught_by = "server/acks/message"};
  for (const Case* one : cases_that_check(nothing.violates, "server")) {
    EXPECT_EQ(run_on_deviation(*one, nothing).verdict, Verdict::kPass) << one->id();
  }
}

}  // namespace
}  // namespace doublecheck::deviations
