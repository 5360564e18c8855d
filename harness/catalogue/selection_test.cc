#include "harness/catalogue/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/catalogue/test_catalogue.h"

namespace doublecheck::harness {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<Requirement>& sample() {
  static const std::vector<Requirement> requirements = [] {
    std::vector<Requirement> all = {a_requirement(Rule::KEEP_01), a_requirement(Rule::KEEP_02),
                                    a_requirement(Rule::KEEP_03, Requirement::Triage::kOutOfScope)};
    all[0].level = Requirement::Level::kMustNot;
    all[0].evidence = Requirement::Evidence::kObservedMany;
    all[1].role = Requirement::Role::kClient;
    all[1].security = true;
    all[2].layer = "other";
    all[2].text = "The server SHOULD answer a Ping.";
    all[2].level = Requirement::Level::kShould;
    return all;
  }();
  return requirements;
}

std::vector<std::string> selected(const Selection& selection) {
  std::vector<std::string> ids;
  for (const Coverage& one :
       select(coverage_of(sample(), std::vector{a_case("x", {Rule::KEEP_01})}), selection))
    ids.emplace_back(one.requirement->id);
  return ids;
}

TEST(Selection, IsEverythingAtFirst) {
  EXPECT_THAT(selected({}), ElementsAre("KEEP-01", "KEEP-02", "KEEP-03"));
}

TEST(Selection, IsNarrowedByEachField) {
  EXPECT_THAT(selected({.id = "KEEP-02"}), ElementsAre("KEEP-02"));
  EXPECT_THAT(selected({.layer = "other"}), ElementsAre("KEEP-03"));
  EXPECT_THAT(selected({.role = "client"}), ElementsAre("KEEP-02"));
  EXPECT_THAT(selected({.level = "must-not"}), ElementsAre("KEEP-01"));
  EXPECT_THAT(selected({.evidence = "observed-many"}), ElementsAre("KEEP-01"));
  EXPECT_THAT(selected({.status = "tested"}), ElementsAre("KEEP-01"));
  EXPECT_THAT(selected({.status = "untested"}), ElementsAre("KEEP-02"));
  EXPECT_THAT(selected({.status = "out-of-scope"}), ElementsAre("KEEP-03"));
  EXPECT_THAT(selected({.security = true}), ElementsAre("KEEP-02"));
}

TEST(Selection, IsNarrowedByAllFieldsAtOnce) {
  EXPECT_THAT(selected({.role = "server", .level = "must-not"}), ElementsAre("KEEP-01"));
  EXPECT_THAT(selected({.role = "client", .level = "must-not"}), IsEmpty());
}

TEST(Selection, SearchesWhateverTheCaseOfLetters) {
  EXPECT_THAT(selected({.search = "answer a ping"}), ElementsAre("KEEP-03"));
  EXPECT_THAT(selected({.search = "keep-01"}), ElementsAre("KEEP-01"));
  EXPECT_THAT(selected({.search = "with the SAMPLE layer"}), ElementsAre("KEEP-03"));
  EXPECT_THAT(selected({.search = "no such text"}), IsEmpty());
}

TEST(Selection, HasTheNamesThatAUserTypes) {
  EXPECT_THAT(role_names(), ElementsAre("client", "server", "both", "codec"));
  EXPECT_THAT(level_names(), ElementsAre("must", "must-not", "should", "should-not", "may"));
  EXPECT_THAT(evidence_names(),
              ElementsAre("published", "observed-many", "observed-one", "profile"));
  EXPECT_THAT(status_names(), ElementsAre("tested", "planned", "untestable", "out-of-scope",
                                          "contested", "untested"));
  EXPECT_THAT(layer_names(), Contains("app_state"));
}

}  // namespace
}  // namespace doublecheck::harness
