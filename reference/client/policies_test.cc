#include <gtest/gtest.h>

#include "reference/client/keepalive.h"
#include "reference/client/limits.h"
#include "reference/client/recent_map.h"
#include "reference/client/reconnect_policy.h"
#include "spec/base/random.h"

// The small machines that decide when.
namespace doublecheck::client {
namespace {

using std::chrono::minutes;

Instant at(Duration since_start) { return {since_start}; }

// ---- Keepalive

TEST(Keepalive, PingsAfterAnIntervalBetweenHalfAndAll) {
  SeededRandom random(1);
  for (int i = 0; i < 200; ++i) {
    const Keepalive keepalive(seconds(30), at(seconds(100)), random);
    EXPECT_GE(keepalive.next_deadline(), at(seconds(115)));
    EXPECT_LE(keepalive.next_deadline(), at(seconds(130)));
    EXPECT_EQ(keepalive.due(keepalive.next_deadline()), Keepalive::Due::kPing);
    EXPECT_EQ(keepalive.due(at(seconds(115) - Duration(1))), Keepalive::Due::kNothing);
  }
}

TEST(Keepalive, AnIntervalHasALowestLimit) {
  SeededRandom random(1);
  const Keepalive keepalive(Duration{0}, at(seconds(1)), random);
  EXPECT_GE(keepalive.next_deadline(), at(seconds(1) + kMinKeepaliveInterval / 2));
}

TEST(Keepalive, IsDeadWhenNothingArrivesAfterAPing) {
  SeededRandom random(1);
  Keepalive keepalive(seconds(30), at(seconds(0)), random);
  keepalive.pinged(at(seconds(30)), random);
  EXPECT_NE(keepalive.due(at(seconds(30) + kPingTimeout - Duration(1))), Keepalive::Due::kDead);
  EXPECT_EQ(keepalive.due(at(seconds(30) + kPingTimeout)), Keepalive::Due::kDead);
  keepalive.heard();
  EXPECT_NE(keepalive.due(at(seconds(30) + kPingTimeout)), Keepalive::Due::kDead);
}

TEST(Keepalive, TheFirstUnansweredPingCounts) {
  SeededRandom random(1);
  Keepalive keepalive(seconds(2), at(seconds(0)), random);
  for (int i = 1; i <= 19; ++i) keepalive.pinged(at(seconds(i)), random);
  EXPECT_EQ(keepalive.due(at(seconds(1) + kPingTimeout)), Keepalive::Due::kDead);
}

// ---- ReconnectPolicy

TEST(ReconnectPolicy, WaitsLongerAfterEachFailureUpToALimit) {
  SeededRandom random(1);
  ReconnectPolicy policy;
  Duration last{0};
  for (int i = 0; i < 9; ++i) {
    const Duration delay = policy.next_delay(Loss::kLost, Duration{0}, random);
    EXPECT_GT(delay, last) << i;
    last = delay;
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(policy.next_delay(Loss::kLost, Duration{0}, random),
              Duration(kMaxReconnectDelay) * 11 / 10);
  }
}

TEST(ReconnectPolicy, StartsOverAfterASuccess) {
  SeededRandom random(1);
  ReconnectPolicy policy;
  for (int i = 0; i < 5; ++i) policy.next_delay(Loss::kLost, Duration{0}, random);
  policy.succeeded();
  EXPECT_LE(policy.next_delay(Loss::kLost, Duration{0}, random),
            Duration(kFirstReconnectDelay) * 11 / 10);
}

TEST(ReconnectPolicy, ARestartIsImmediateTheFirstTimeOnly) {
  SeededRandom random(1);
  ReconnectPolicy policy;
  EXPECT_EQ(policy.next_delay(Loss::kRestart, Duration{0}, random), Duration{0});
  policy.succeeded();
  EXPECT_GT(policy.next_delay(Loss::kRestart, Duration{0}, random), Duration{0});
  policy.succeeded();
  EXPECT_EQ(policy.next_delay(Loss::kRestart, kStableConnection, random), Duration{0});
}

TEST(ReconnectPolicy, StreamErrorsAddUpUnlessTheConnectionWasStable) {
  SeededRandom random(1);
  ReconnectPolicy policy;
  Duration last{0};
  for (int i = 0; i < 5; ++i) {
    const Duration delay = policy.next_delay(Loss::kStreamError, seconds(1), random);
    EXPECT_GT(delay, last) << i;
    last = delay;
    policy.succeeded();
  }
  EXPECT_LT(policy.next_delay(Loss::kStreamError, kStableConnection, random), seconds(2));
}

TEST(ReconnectPolicy, ARateLimitCountsForMany) {
  SeededRandom random(1);
  ReconnectPolicy policy;
  EXPECT_GE(policy.next_delay(Loss::kRateLimited, minutes(10), random), seconds(16));
}

// ---- RecentMap

TEST(RecentMap, ForgetsTheFirstBeyondItsCapacity) {
  RecentMap<int, int> map(3);
  for (int i = 0; i < 3; ++i) map[i] = i * i;
  EXPECT_TRUE(map.contains(0));
  map[1] = 7;  // known already: nothing is forgotten
  EXPECT_TRUE(map.contains(0));
  map[3] = 9;
  EXPECT_FALSE(map.contains(0));
  EXPECT_EQ(map.size(), 3u);
  EXPECT_EQ(*map.find(1), 7);
  EXPECT_EQ(map.keys().front(), 1);
}

}  // namespace
}  // namespace doublecheck::client
