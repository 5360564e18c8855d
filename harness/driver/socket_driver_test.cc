#include "harness/driver/socket_driver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace doublecheck::harness {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(SocketDriver, MovesTheClockOfAll) {
  SocketDriver driver;
  const Now before = driver.now();
  driver.advance(hours(3));
  const Now after = driver.clock().now();
  EXPECT_GE(after.steady - before.steady, hours(3));
  EXPECT_LT(after.steady - before.steady, hours(4));
  EXPECT_GE(after.wall.seconds() - before.wall.seconds(), seconds(hours(3)).count());
}

TEST(SocketDriver, WakesThoseWhoSleepByTheClock) {
  SocketDriver driver;
  int woken = 0;
  auto sleeper = std::make_unique<SocketDriver::Sleeper>(driver, [&] {
    EXPECT_GT(driver.now().steady.since_start, seconds(1));
    ++woken;
  });
  driver.advance(seconds(2));
  EXPECT_EQ(woken, 1);
  sleeper.reset();
  driver.advance(seconds(2));
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace doublecheck::harness
