#include "spec/base/time.h"

#include <gtest/gtest.h>

namespace doublecheck {
namespace {

using namespace std::chrono_literals;

TEST(Time, InstantsDifferByDurations) {
  const Instant start;
  const Instant later = start + 1500us;
  EXPECT_LT(start, later);
  EXPECT_EQ(later - start, 1500us);
}

TEST(Time, UnixTimeCountsWholeSeconds) {
  EXPECT_EQ(UnixTime::from_seconds(1752021890).milliseconds(), 1752021890000);
  EXPECT_EQ((UnixTime{1999ms}).seconds(), 1);
  EXPECT_EQ((UnixTime{-1ms}).seconds(), -1);
  EXPECT_EQ((UnixTime{1ms} + 2500us).milliseconds(), 3);
}

}  // namespace
}  // namespace doublecheck
