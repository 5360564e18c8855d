#include "reference/server/account_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference/server/directory.h"
#include "spec/base/random.h"

namespace doublecheck::server {
namespace {

using ::testing::HasSubstr;

TEST(AccountRulesTest, ApplyToTheNamesInWhichTheyAreFound) {
  AccountRules rules;
  ASSERT_TRUE(rules.add({.pattern = "^test ", .settings = {.props = {{"1", "a"}}}}));
  ASSERT_TRUE(rules.add({.pattern = "Alice$", .settings = {.props = {{"1", "b"}, {"2", "c"}}}}));
  EXPECT_EQ(rules.settings_for("Bob").props, Props());
  EXPECT_EQ(rules.settings_for("test Bob").props, (Props{{"1", "a"}}));
  EXPECT_EQ(rules.settings_for("test Alice").props, (Props{{"1", "b"}, {"2", "c"}}))
      << "the later rule wins";
  EXPECT_EQ(rules.settings_for("a test Alice ").props, Props());
}

TEST(AccountRulesTest, FlagsAreWordsInAGroup) {
  AccountRules rules;
  ASSERT_TRUE(rules.add({.pattern = R"(\[(.*)\])",
                         .settings = {.props = {{"1", "rule"}}},
                         .flags = 1,
                         .flag_settings = {{"tokens", {.props = {{"1", "on"}}}},
                                           {"tokens=0", {.props = {{"1", "off"}}}},
                                           {"x", {.props = {{"2", "x"}}}}}}));
  EXPECT_EQ(rules.settings_for("Alice []").props, (Props{{"1", "rule"}}));
  EXPECT_EQ(rules.settings_for("Alice [tokens]").props, (Props{{"1", "on"}}))
      << "a flag wins over its rule";
  EXPECT_EQ(rules.settings_for("Alice [ ,tokens=0, x ,unknown]").props,
            (Props{{"1", "off"}, {"2", "x"}}));
  EXPECT_EQ(rules.settings_for("Alice [tokens=0 tokens]").props, (Props{{"1", "on"}}))
      << "the later flag wins";
  EXPECT_EQ(rules.settings_for("Alice tokens").props, Props());
}

TEST(AccountRulesTest, AGroupThatTookNoPartHasNoFlags) {
  AccountRules rules;
  ASSERT_TRUE(rules.add(
      {.pattern = "Alice( x)?", .flags = 1, .flag_settings = {{"x", {.props = {{"2", "x"}}}}}}));
  EXPECT_EQ(rules.settings_for("Alice").props, Props());
  EXPECT_EQ(rules.settings_for("Alice x").props, (Props{{"2", "x"}}));
}

TEST(AccountRulesTest, SetPolicyAndSaltAsWell) {
  AccountRules rules;
  ASSERT_TRUE(
      rules.add({.pattern = "strict", .settings = {.contact_policy = ContactPolicy{true}}}));
  ASSERT_TRUE(
      rules.add({.pattern = "salted", .settings = {.salt = FirstContactSalt{{1, 2}, true}}}));
  Directory directory(SeededRandom(1), std::move(rules));
  const Account& account = **directory.for_name("strict and salted");
  EXPECT_TRUE(account.contact_policy.token_required);
  EXPECT_EQ(account.salt, (FirstContactSalt{{1, 2}, true}));
  EXPECT_FALSE((*directory.for_name("alice"))->contact_policy.token_required);
}

TEST(AccountRulesTest, RefusesWhatIsNoRule) {
  AccountRules rules;
  EXPECT_THAT(rules.add({.pattern = "(("}).error().why, HasSubstr("not a regular expression"));
  EXPECT_THAT(rules.add({.pattern = "(a)", .flags = 2}).error().why, HasSubstr("no group 2"));
  EXPECT_TRUE(rules.add({.pattern = "(a)", .flags = 1}));
}

TEST(AccountRulesTest, TheirNumberIsLimited) {
  AccountRules rules;
  for (std::size_t i = 0; i < kMaxAccountRules; ++i) ASSERT_TRUE(rules.add({.pattern = "a"}));
  EXPECT_THAT(rules.add({.pattern = "a"}).error().why, HasSubstr("kMaxAccountRules"));
}

TEST(AccountRulesTest, AnAccountStartsWithThem) {
  AccountRules rules;
  ASSERT_TRUE(rules.add({.pattern = "^test ", .settings = {.props = {{"10518", "0"}}}}));
  Directory directory(SeededRandom(1), std::move(rules));
  EXPECT_EQ((*directory.for_name("test alice"))->props, (Props{{"10518", "0"}}));
  EXPECT_EQ((*directory.for_name("alice"))->props, Props{});
  directory.clear();
  EXPECT_EQ((*directory.for_name("test alice"))->props, (Props{{"10518", "0"}}));
}

}  // namespace
}  // namespace doublecheck::server
