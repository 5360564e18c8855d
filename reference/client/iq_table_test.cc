#include "reference/client/iq_table.h"

#include <gtest/gtest.h>

#include <set>

#include "reference/client/limits.h"
#include "reference/client/turn.h"

namespace doublecheck::client {
namespace {

Instant at(int seconds_since_start) { return {seconds(seconds_since_start)}; }

TEST(IqTable, IdsAreUniqueAndDifferBetweenConnections) {
  SeededRandom random(1);
  IqTable table(random);
  IqTable other(random);
  std::set<std::string> ids;
  for (int i = 0; i < 400; ++i) {
    ids.insert(table.add(at(1), nullptr).value());
    ids.insert(other.add(at(1), nullptr).value());
  }
  EXPECT_EQ(ids.size(), 800u);
}

TEST(IqTable, AnIdIsTakenOnceAndMatchesExactly) {
  SeededRandom random(1);
  IqTable table(random);
  int calls = 0;
  const std::string id = table.add(at(1), [&](Turn&, const IqAnswer&) { ++calls; }).value();
  EXPECT_TRUE(table.waits_for(id));
  EXPECT_FALSE(table.waits_for(id + " "));
  EXPECT_FALSE(table.take("another"));
  EXPECT_TRUE(table.take(id));
  EXPECT_FALSE(table.take(id));
  EXPECT_FALSE(table.waits_for(id));
}

TEST(IqTable, ExpiresInTheOrderOfAsking) {
  SeededRandom random(1);
  IqTable table(random);
  State state;
  Context context{.now = {}, .random = random, .guard = {}};
  Turn turn(state, context);
  std::vector<int> order;
  for (int i = 0; i < 12; ++i) {
    table.add(at(i % 2 == 0 ? 10 : 20),
              [&order, i](Turn&, const IqAnswer&) { order.push_back(i); });
  }
  EXPECT_EQ(table.next_deadline(), at(10));
  EXPECT_TRUE(table.take_expired(at(9)).empty());
  for (const IqHandler& handler : table.take_expired(at(10)))
    handler(turn, std::unexpected(IqFailure{}));
  EXPECT_EQ(order, (std::vector<int>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(table.next_deadline(), at(20));
  EXPECT_EQ(table.take_all().size(), 6u);
  EXPECT_FALSE(table.next_deadline());
}

TEST(IqTable, IsLimited) {
  SeededRandom random(1);
  IqTable table(random);
  for (std::size_t i = 0; i < kMaxPendingQueries; ++i) ASSERT_TRUE(table.add(at(1), nullptr));
  EXPECT_FALSE(table.add(at(1), nullptr));
}

}  // namespace
}  // namespace doublecheck::client
