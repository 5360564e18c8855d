#include "harness/certification/profile.h"

#include <gtest/gtest.h>

namespace doublecheck::harness {
namespace {

using report::Verdict;

// Cases that nobody runs.
void nothing(ClientBench&) {}

Case case_of(std::string_view layer, std::string_view name, Rule rule) {
  return {.layer = layer,
          .name = name,
          .sentence = {},
          .checks = {rule},
          .run_against_client = nothing};
}

class ProfileTest : public testing::Test {
 protected:
  Assessment assess_for(std::string_view profile) const {
    std::vector<const Case*> cases;
    for (const Case& one : cases_) cases.push_back(&one);
    return assess(run_, *find_profile(profile), cases);
  }
  void has_run(const Case& one, Verdict verdict) {
    report::CaseResult result;
    result.id = one.id();
    result.verdict = verdict;
    run_.cases.push_back(result);
  }

  std::vector<Case> cases_{case_of("keepalive", "answers", Rule::KEEP_02),
                           case_of("retry", "asks", Rule::RETRY_05)};
  report::Run run_;
};

TEST_F(ProfileTest, WhoPassesEveryMandatoryCaseIsCertified) {
  has_run(cases_[0], Verdict::kPass);
  const Assessment core = assess_for("core");
  EXPECT_TRUE(core.certified);
  EXPECT_EQ(core.mandatory, 1U);
  has_run(cases_[1], Verdict::kPass);
  EXPECT_EQ(assess_for("messaging").mandatory, 2U);
  EXPECT_TRUE(assess_for("messaging").certified);
}

TEST_F(ProfileTest, NoVerdictButAPassCounts) {
  for (const Verdict verdict :
       {Verdict::kFail, Verdict::kWarn, Verdict::kUnsupported, Verdict::kInconclusive,
        Verdict::kFlaky, Verdict::kExpectedFail, Verdict::kUnexpectedPass}) {
    run_.cases.clear();
    has_run(cases_[0], verdict);
    const Assessment core = assess_for("core");
    EXPECT_FALSE(core.certified);
    EXPECT_EQ(core.reasons,
              std::vector<std::string>{"client/keepalive/answers: " + report::to_string(verdict)});
  }
}

TEST_F(ProfileTest, WhatWasNotRunStandsInTheWay) {
  EXPECT_EQ(assess_for("core").reasons,
            std::vector<std::string>{"client/keepalive/answers: was not run"});
  cases_.clear();
  EXPECT_FALSE(assess_for("core").certified) << "a profile without cases";
}

TEST_F(ProfileTest, TheClockIsAskedOfTheHardenedAlone) {
  has_run(cases_[0], Verdict::kPass);
  cases_.push_back(case_of("keepalive", "waits", Rule::KEEP_02));
  cases_.back().needs = {Need::kClock};
  EXPECT_TRUE(assess_for("core").certified);
  EXPECT_FALSE(assess_for("hardened").certified);
}

TEST_F(ProfileTest, WhatHasNoCasesYetCannotBeHad) {
  has_run(cases_[0], Verdict::kPass);
  has_run(cases_[1], Verdict::kPass);
  EXPECT_TRUE(assess_for("messaging").certified);
  for (const std::string_view name : {"sync", "media", "calls"})
    EXPECT_FALSE(assess_for(name).certified) << name;
}

TEST_F(ProfileTest, ProfilesBuildOnProfilesThatExist) {
  for (const Profile& profile : profiles()) {
    EXPECT_EQ(find_profile(profile.name), &profile);
    for (const std::string_view below : profile.builds_on)
      EXPECT_NE(find_profile(below), nullptr) << below;
  }
  EXPECT_EQ(find_profile("everything"), nullptr);
}

}  // namespace
}  // namespace doublecheck::harness
