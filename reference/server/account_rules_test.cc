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
  ASSERT_TRUE(rules.add({.pattern = "^test ", .props = {{"1", "a"}}}));
  ASSERT_TRUE(rules.add({.pattern = "Alice$", .props = {{"1", "b"}, {"2", "c"}}}));
  EXPECT_EQ(rules.props_for("Bob"), Props());
  EXPECT_EQ(rules.props_for("test Bob"), (Props{{"1", "a"}}));
  EXPECT_EQ(rules.props_for("test Alice"), (Props{{"1", "b"}, {"2", "c"}}))
      << "the later rule wins";
  EXPECT_EQ(rules.props_for("a test Alice "), Props());
}

TEST(AccountRulesTest, FlagsAreWordsInAGroup) {
  AccountRules rules;
  ASSERT_TRUE(rules.add(
      {.pattern = R"(\[(.*)\])",
       .props = {{"1", "rule"}},
       .flags = 1,
       .flag_props = {
           {"tokens", {{"1", "on"}}}, {"tokens=0", {{"1", "off"}}}, {"x", {{"2", "x"}}}}}));
  EXPECT_EQ(rules.props_for("Alice []"), (Props{{"1", "rule"}}));
  EXPECT_EQ(rules.props_for("Alice [tokens]"), (Props{{"1", "on"}})) << "a flag wins over its rule";
  EXPECT_EQ(rules.props_for("Alice [ ,tokens=0, x ,unknown]"), (Props{{"1", "off"}, {"2", "x"}}));
  EXPECT_EQ(rules.props_for("Alice [tokens=0 tokens]"), (Props{{"1", "on"}}))
      << "the later flag wins";
  EXPECT_EQ(rules.props_for("Alice tokens"), Props());
}

TEST(AccountRulesTest, AGroupThatTookNoPartHasNoFlags) {
  AccountRules rules;
  ASSERT_TRUE(
      rules.add({.pattern = "Alice( x)?", .flags = 1, .flag_props = {{"x", {{"2", "x"}}}}}));
  EXPECT_EQ(rules.props_for("Alice"), Props());
  EXPECT_EQ(rules.props_for("Alice x"), (Props{{"2", "x"}}));
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
  ASSERT_TRUE(rules.add({.pattern = "^test ", .props = {{"10518", "0"}}}));
  Directory directory(SeededRandom(1), std::move(rules));
  EXPECT_EQ((*directory.for_name("test alice"))->props, (Props{{"10518", "0"}}));
  EXPECT_EQ((*directory.for_name("alice"))->props, Props{});
  directory.clear();
  EXPECT_EQ((*directory.for_name("test alice"))->props, (Props{{"10518", "0"}}));
}

}  // namespace
}  // namespace doublecheck::server
