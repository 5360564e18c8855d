#include "harness/suite/filter.h"

#include <gtest/gtest.h>

namespace doublecheck::harness {
namespace {

TEST(Filter, MatchesWholeIds) {
  EXPECT_TRUE(matches_filter("server/noise/a", "server/noise/a"));
  EXPECT_FALSE(matches_filter("server/noise/a", "server/noise"));
  EXPECT_FALSE(matches_filter("server/noise", "server/noise/a"));
  EXPECT_FALSE(matches_filter("server/noise/a", ""));
}

TEST(Filter, AStarStandsForAnyText) {
  EXPECT_TRUE(matches_filter("server/noise/a", "*"));
  EXPECT_TRUE(matches_filter("server/noise/a", "server/*"));
  EXPECT_TRUE(matches_filter("server/noise/a", "*noise*"));
  EXPECT_TRUE(matches_filter("aaab", "*a*b"));
  EXPECT_FALSE(matches_filter("server/noise/a", "client/*"));
  EXPECT_FALSE(matches_filter("aaab", "*a*c"));
}

TEST(Filter, AQuestionMarkStandsForOneCharacter) {
  EXPECT_TRUE(matches_filter("abc", "a?c"));
  EXPECT_FALSE(matches_filter("ac", "a?c"));
}

TEST(Filter, AnyOfSeveralPatternsIsEnough) {
  EXPECT_TRUE(matches_filter("b", "a:b"));
  EXPECT_TRUE(matches_filter("a", "a:b"));
  EXPECT_FALSE(matches_filter("c", "a:b"));
}

}  // namespace
}  // namespace doublecheck::harness
