#include "spec/oracle/memberships.h"

#include <gtest/gtest.h>

namespace doublecheck::oracle {
namespace {

Instant at(int seconds) { return {std::chrono::seconds(seconds)}; }

TEST(Memberships, know_who_was_in_a_group_when) {
  Memberships memberships;
  memberships.observe(at(10), {"group", "carol", true});
  memberships.observe(at(20), {"group", "carol", false});
  memberships.observe(at(30), {"group", "carol", true});
  EXPECT_TRUE(memberships.is_group("group"));
  EXPECT_FALSE(memberships.is_group("carol"));
  const auto throughout = [&](int from, int to) {
    return memberships.throughout("group", "carol", at(from), at(to));
  };
  const auto within = [&](int from, int to) {
    return memberships.within("group", "carol", at(from), at(to));
  };
  EXPECT_FALSE(within(1, 9));
  EXPECT_TRUE(within(1, 10));
  EXPECT_FALSE(throughout(9, 11));
  EXPECT_FALSE(throughout(10, 11)) << "a change is at no one side";
  EXPECT_TRUE(throughout(11, 19));
  EXPECT_FALSE(throughout(11, 20));
  EXPECT_TRUE(within(20, 21));
  EXPECT_FALSE(within(21, 29));
  EXPECT_TRUE(within(21, 31));
  EXPECT_FALSE(throughout(15, 35)) << "away in between";
  EXPECT_TRUE(throughout(31, 1000));
  EXPECT_FALSE(memberships.within("group", "dave", at(0), at(1000)));
  EXPECT_FALSE(memberships.within("another", "carol", at(0), at(1000)));
}

}  // namespace
}  // namespace doublecheck::oracle
