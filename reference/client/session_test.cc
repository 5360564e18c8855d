#include <gtest/gtest.h>

#include "reference/client/test_world.h"

// The life of a paired device, against the reference server.
namespace doublecheck::client {
namespace {

using testing::TestClient;
using testing::World;

TEST(Session, PairsByQrAndLogsIn) {
  World world;
  TestClient& alice = world.add("alice");
  alice.pair();

  ASSERT_EQ(alice.count<Paired>(), 1u);
  EXPECT_TRUE(alice.all<Paired>().front().lid.has_value());
  ASSERT_EQ(alice.count<Opened>(), 1u);
  EXPECT_EQ(alice.all<Opened>().front().jid, alice.jid());
  const auto closed = alice.all<Closed>();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed.front().status, 515);
  EXPECT_TRUE(closed.front().will_reconnect);
}

TEST(Session, ExchangesMessagesBothWays) {
  World world;
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");
  alice.send(bob.user(), "hello");
  ASSERT_TRUE(world.run_until([&] { return bob.count<MessageReceived>() == 1; }));
  bob.send(alice.user(), "welcome");
  ASSERT_TRUE(world.run_until([&] { return alice.count<MessageReceived>() == 1; }));
  EXPECT_EQ(bob.texts(), std::vector<std::string>{"hello"});
  EXPECT_EQ(alice.texts(), std::vector<std::string>{"welcome"});
}

}  // namespace
}  // namespace doublecheck::client
