#include "harness/catalogue/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/catalogue/test_catalogue.h"

namespace doublecheck::harness {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Level = Requirement::Level;
using Role = Requirement::Role;
using Triage = Requirement::Triage;

Status status_of(const Requirement& requirement, const std::vector<Case>& cases = {}) {
  return coverage_of({&requirement, 1}, cases).front().status;
}

TEST(CoverageOf, NamesTheCasesThatCheckARequirement) {
  const std::vector<Requirement> catalogue = {a_requirement(Rule::KEEP_01),
                                              a_requirement(Rule::KEEP_02)};
  const std::vector<Case> cases = {a_case("pong", {Rule::KEEP_02}),
                                   a_case("ping", {Rule::KEEP_02, Rule::IQ_04})};
  const std::vector<Coverage> all = coverage_of(catalogue, cases);
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0].requirement, &catalogue[0]);
  EXPECT_THAT(all[0].cases, IsEmpty());
  EXPECT_EQ(all[1].requirement, &catalogue[1]);
  EXPECT_THAT(all[1].cases, ElementsAre("server/sample/ping", "server/sample/pong"));
}

TEST(CoverageOf, FollowsFromTriageAndCases) {
  const std::vector<Case> cases = {a_case("ping", {Rule::KEEP_01})};
  Requirement requirement = a_requirement(Rule::KEEP_01);
  EXPECT_EQ(status_of(requirement), Status::kUntested);
  EXPECT_EQ(status_of(requirement, cases), Status::kTested);
  for (const auto& [triage, status] : {std::pair{Triage::kPlanned, Status::kPlanned},
                                       {Triage::kUntestable, Status::kUntestable},
                                       {Triage::kOutOfScope, Status::kOutOfScope},
                                       {Triage::kContested, Status::kContested}}) {
    requirement.triage = triage;
    EXPECT_EQ(status_of(requirement), status);
    EXPECT_EQ(status_of(requirement, cases), status);
  }
}

TEST(CoverageOf, CountsVectorsForCodecsAlone) {
  Requirement requirement = a_requirement(Rule::FRAME_01);
  requirement.vectors = "frames.json";
  EXPECT_EQ(status_of(requirement), Status::kUntested);
  requirement.role = Role::kCodec;
  EXPECT_EQ(status_of(requirement), Status::kTested);
  requirement.triage = Triage::kPlanned;
  EXPECT_EQ(status_of(requirement), Status::kPlanned);
}

// ---- The gate, given a violation of each kind

TEST(Gaps, AreNoneWhereEverythingAgrees) {
  std::vector<Requirement> catalogue = {a_requirement(Rule::KEEP_01),
                                        a_requirement(Rule::KEEP_02, Triage::kPlanned),
                                        a_requirement(Rule::KEEP_03, Triage::kUntestable),
                                        a_requirement(Rule::KEEP_04, Triage::kOutOfScope),
                                        a_requirement(Rule::KEEP_05, Triage::kContested),
                                        a_requirement(Rule::FRAME_01)};
  catalogue[4].level = Level::kShould;
  catalogue[5].role = Role::kCodec;
  catalogue[5].vectors = "frames.json";
  EXPECT_THAT(gaps(catalogue, std::vector{a_case("ping", {Rule::KEEP_01})}), IsEmpty());
}

TEST(Gaps, ARequirementWithoutCase) {
  EXPECT_THAT(gaps(std::vector{a_requirement(Rule::KEEP_01)}, {}),
              ElementsAre("KEEP-01 has the triage CASE and no case"));
}

TEST(Gaps, ACodecWithoutVectors) {
  Requirement requirement = a_requirement(Rule::FRAME_01);
  requirement.role = Role::kCodec;
  EXPECT_THAT(gaps(std::vector{requirement}, {}),
              ElementsAre("FRAME-01 has the triage CASE and neither case nor vectors"));
}

TEST(Gaps, ACaseOfNoRequirement) {
  EXPECT_THAT(gaps({}, std::vector{a_case("idle", {})}),
              ElementsAre("server/sample/idle checks no requirement"));
}

TEST(Gaps, ACaseOfARequirementThatThereIsNot) {
  EXPECT_THAT(gaps({}, std::vector{a_case("ping", {Rule::KEEP_01})}),
              ElementsAre("server/sample/ping checks a requirement that is not in the catalogue"));
}

TEST(Gaps, ACaseOfWhatIsNotChecked) {
  const std::vector<Case> cases = {a_case("ping", {Rule::KEEP_01}),
                                   a_case("pong", {Rule::KEEP_01})};
  EXPECT_THAT(gaps(std::vector{a_requirement(Rule::KEEP_01, Triage::kPlanned)}, cases),
              ElementsAre("KEEP-01 is planned and checked by server/sample/ping, "
                          "server/sample/pong: its triage is CASE"));
  EXPECT_THAT(gaps(std::vector{a_requirement(Rule::KEEP_01, Triage::kUntestable)}, cases),
              ElementsAre(testing::StartsWith("KEEP-01 is untestable and checked by")));
  EXPECT_THAT(gaps(std::vector{a_requirement(Rule::KEEP_01, Triage::kOutOfScope)}, cases),
              ElementsAre(testing::StartsWith("KEEP-01 is out of scope and checked by")));
}

TEST(Gaps, AContestedObligationWithoutCase) {
  EXPECT_THAT(gaps(std::vector{a_requirement(Rule::KEEP_01, Triage::kContested)}, {}),
              ElementsAre("KEEP-01 is a contested MUST and has no case"));
}

}  // namespace
}  // namespace doublecheck::harness
