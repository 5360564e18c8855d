#include "spec/requirements/requirement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace doublecheck {
namespace {

bool is_well_formed_id(std::string_view id) {
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos || dash == 0) return false;
  const std::string_view layer = id.substr(0, dash);
  const std::string_view number = id.substr(dash + 1);
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(layer, is_upper) && std::ranges::all_of(number, is_digit) &&
         (number.size() == 2 || number.size() == 3);
}

TEST(RequirementTest, IdsAreUniqueAndWellFormed) {
  std::set<std::string_view> ids;
  for (const Requirement& requirement : requirements()) {
    EXPECT_TRUE(is_well_formed_id(requirement.id)) << requirement.id;
    EXPECT_TRUE(ids.insert(requirement.id).second) << requirement.id;
  }
  EXPECT_EQ(ids.size(), kRuleCount);
}

TEST(RequirementTest, TheTableIsInTheOrderOfTheEnumeration) {
  ASSERT_EQ(requirements().size(), kRuleCount);
  for (std::size_t i = 0; i < kRuleCount; ++i) {
    EXPECT_EQ(requirements()[i].rule, static_cast<Rule>(i));
  }
}

TEST(RequirementTest, AnEnumeratorIsSpelledLikeItsId) {
  EXPECT_EQ(rule_id(Rule::FRAME_03), "FRAME-03");
  EXPECT_EQ(requirement(Rule::NOISE_01).id, "NOISE-01");
  EXPECT_EQ(requirement(Rule::STANZA_100).id, "STANZA-100");
}

TEST(RequirementTest, EveryRuleIsFoundByItsId) {
  for (const Requirement& each : requirements()) {
    EXPECT_EQ(rule_id(each.rule), each.id);
    EXPECT_EQ(rule_from_id(each.id), each.rule) << each.id;
    EXPECT_EQ(&requirement(each.rule), &each) << each.id;
  }
}

TEST(RequirementTest, UnknownIdsAreNotFound) {
  for (const std::string_view id :
       {"", "FRAME", "FRAME-", "FRAME-3", "FRAME-00", "frame-03", "FRAME-03 ", "ZZZ-99"}) {
    EXPECT_EQ(rule_from_id(id), std::nullopt) << id;
  }
}

TEST(RequirementTest, EveryRequirementSaysWhatWhereFromAndHowItIsSeen) {
  for (const Requirement& requirement : requirements()) {
    EXPECT_FALSE(requirement.layer.empty()) << requirement.id;
    EXPECT_TRUE(requirement.text.ends_with('.')) << requirement.id;
    EXPECT_FALSE(requirement.source.empty()) << requirement.id;
    EXPECT_FALSE(requirement.observe.empty()) << requirement.id;
  }
}

TEST(RequirementTest, WhatHasNoCaseSaysWhy) {
  for (const Requirement& requirement : requirements()) {
    using Triage = Requirement::Triage;
    const bool contested = requirement.triage == Triage::kContested;
    EXPECT_EQ(contested, !requirement.contested.empty()) << requirement.id;
    EXPECT_EQ(requirement.triage == Triage::kCase || contested, requirement.note.empty())
        << requirement.id;
  }
}

// A reader of a report sees the sentence alone, so it carries its own keyword.
TEST(RequirementTest, TheTextUsesTheKeywordOfItsLevel) {
  for (const Requirement& requirement : requirements()) {
    EXPECT_NE(requirement.text.find(to_string(requirement.level)), std::string_view::npos)
        << requirement.id << ": " << requirement.text;
  }
}

TEST(RequirementTest, NamesTheVectorsThatBearOnIt) {
  EXPECT_EQ(requirement(Rule::FRAME_03).vectors, "frames.json");
  EXPECT_EQ(requirement(Rule::NOISE_03).vectors, "hkdf-infos.json noise-xx.json");
  EXPECT_EQ(requirement(Rule::KEEP_02).vectors, "");
}

TEST(RequirementTest, MandatoryLevels) {
  EXPECT_TRUE(is_mandatory(Requirement::Level::kMust));
  EXPECT_TRUE(is_mandatory(Requirement::Level::kMustNot));
  EXPECT_FALSE(is_mandatory(Requirement::Level::kShould));
  EXPECT_FALSE(is_mandatory(Requirement::Level::kShouldNot));
  EXPECT_FALSE(is_mandatory(Requirement::Level::kMay));
}

TEST(RequirementTest, EnumeratorsHaveNames) {
  EXPECT_EQ(to_string(Requirement::Level::kMustNot), "MUST NOT");
  EXPECT_EQ(to_string(Requirement::Role::kCodec), "codec");
  EXPECT_EQ(to_string(Requirement::Evidence::kObservedMany), "observed-many");
  EXPECT_EQ(to_string(Requirement::Triage::kOutOfScope), "out of scope");
}

}  // namespace
}  // namespace doublecheck
