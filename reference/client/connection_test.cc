#include <gtest/gtest.h>

#include "reference/client/test_world.h"

// Carriers that come, go, break and fall silent.
namespace doublecheck::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Recording;
using testing::TestClient;
using testing::World;

bool is_ping(const wire::Node& stanza) {
  return stanza.tag == "iq" && stanza.text("xmlns") == "w:p";
}

TEST(Connection, AnIdleClientPingsEvery15To30Seconds) {
  World world;
  TestClient& alice = world.paired("alice");
  std::vector<Instant> pings;
  world.tap.accept = [&](const wire::Node& stanza) {
    if (is_ping(stanza)) pings.push_back(world.steady_);
    return true;
  };
  world.run_for(minutes(20));
  ASSERT_GE(pings.size(), 40u);
  bool varies = false;
  for (std::size_t i = 1; i < pings.size(); ++i) {
    EXPECT_GE(pings[i] - pings[i - 1], kKeepaliveInterval / 2);
    EXPECT_LE(pings[i] - pings[i - 1], kKeepaliveInterval);
    varies = varies || (i > 1 && pings[i] - pings[i - 1] != pings[i - 1] - pings[i - 2]);
  }
  EXPECT_TRUE(varies);
  EXPECT_EQ(alice.count<Closed>(), 1u) << "of the pairing";
}

TEST(Connection, PingsBeforeItIsLoggedIn) {
  World world;
  TestClient& alice = world.add("alice");
  alice.command(Connect{});
  world.run_for(kKeepaliveInterval + seconds(1));
  EXPECT_GE(world.tap.count(is_ping), 1u);
}

TEST(Connection, SilenceIsDeathAndLeadsToANewConnection) {
  World world;
  TestClient& alice = world.paired("alice");
  alice.events.clear();
  alice.black_hole = true;
  const Instant silent_since = world.steady_;
  ASSERT_TRUE(world.run_until([&] { return alice.count<Closed>() == 1; }));
  EXPECT_LE(world.steady_ - silent_since, kKeepaliveInterval + kPingTimeout + seconds(1));
  EXPECT_TRUE(alice.all<Closed>().front().will_reconnect);
  alice.black_hole = false;
  EXPECT_TRUE(world.run_until([&] { return alice.client.is_open(); }));
}

TEST(Connection, UnansweredPingsDoNotMatterWhileSomethingElseArrives) {
  World world;
  TestClient& alice = world.paired("alice");
  world.tap.accept = [](const wire::Node& stanza) { return !is_ping(stanza); };
  for (int i = 0; i < 60; ++i) {
    world.inject(alice, {.tag = "ib", .attributes = {}, .content = {}});
    world.run_for(seconds(10));
  }
  EXPECT_TRUE(alice.client.is_open());
}

TEST(Connection, AnUnreachableServerIsAskedLessAndLess) {
  World world;
  TestClient& alice = world.paired("alice");
  alice.reachable = false;
  alice.opened_carriers.clear();
  world.cut(alice);
  world.run_for(minutes(60));
  const auto& opened = alice.opened_carriers;
  ASSERT_GE(opened.size(), 10u);
  for (std::size_t i = 2; i < 9; ++i)
    EXPECT_GT(opened[i] - opened[i - 1], opened[i - 1] - opened[i - 2]) << i;
  for (std::size_t i = 1; i < opened.size(); ++i) {
    EXPECT_LE(opened[i] - opened[i - 1], Duration(kMaxReconnectDelay) * 11 / 10 + seconds(1));
  }
  EXPECT_TRUE(alice.client.credentials().account);
  alice.reachable = true;
  EXPECT_TRUE(world.run_until([&] { return alice.client.is_open(); }, 2 * kMaxReconnectDelay));
}

TEST(Connection, AnUnpairedClientWaitsToBeTold) {
  World world;
  TestClient& alice = world.add("alice");
  alice.reachable = false;
  alice.command(Connect{});
  world.run_for(minutes(30));
  EXPECT_EQ(alice.opened_carriers.size(), 1u);
  ASSERT_EQ(alice.count<Closed>(), 1u);
  EXPECT_FALSE(alice.all<Closed>().front().will_reconnect);
}

TEST(Connection, ReconnectingCanBeTurnedOff) {
  World world;
  Config config = world.client_config("alice");
  config.reconnects = false;
  TestClient& alice = world.add("alice", config);
  alice.command(Connect{});
  ASSERT_TRUE(world.run_until([&] { return alice.count<QrShown>() == 1; }));
  ASSERT_TRUE(
      world.admin(server::ScanQr{.text = alice.all<QrShown>().front().text, .account = {}}));
  world.run_for(minutes(5));
  EXPECT_TRUE(alice.client.credentials().account);
  EXPECT_EQ(alice.opened_carriers.size(), 1u);
  EXPECT_FALSE(alice.all<Closed>().front().will_reconnect);
  alice.connect();
}

TEST(Connection, WhatAnOldCarrierSaysIsIgnored) {
  World world;
  TestClient& alice = world.paired("alice");
  const ConnectionId old = alice.opened_carriers.size();
  alice.command(Disconnect{});
  world.run_for(seconds(1));
  alice.connect();
  alice.events.clear();
  const Bytes garbage(100, 0xff);
  EXPECT_TRUE(alice.client.connected(old, "memory", world.now()).empty());
  EXPECT_TRUE(alice.client.received(old, garbage, world.now()).empty());
  EXPECT_TRUE(alice.client.closed(old, "late", world.now()).empty());
  EXPECT_TRUE(alice.client.is_open());
}

TEST(Connection, ADisconnectIsToldBeforeItIsDone) {
  World world;
  TestClient& alice = world.paired("alice");
  alice.events.clear();
  const CommandId disconnect = alice.command(Disconnect{});
  ASSERT_EQ(alice.events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Closed>(alice.events[0]));
  EXPECT_TRUE(alice.is_done(disconnect));
  world.run_for(minutes(30));
  EXPECT_FALSE(alice.client.is_open());

  EXPECT_TRUE(alice.is_done(alice.command(Disconnect{}))) << "without a connection, at once";
  const CommandId connect = alice.command(Connect{});
  EXPECT_TRUE(alice.is_done(connect));
  EXPECT_TRUE(alice.failure(alice.command(Connect{})));
}

TEST(Connection, ADisconnectEndsTheWaitForTheNextConnection) {
  World world;
  TestClient& alice = world.paired("alice");
  alice.reachable = false;
  world.cut(alice);
  alice.command(Disconnect{});
  alice.opened_carriers.clear();
  world.run_for(minutes(30));
  EXPECT_TRUE(alice.opened_carriers.empty());
}

TEST(Connection, LogoutRemovesTheDevice) {
  World world;
  TestClient& alice = world.paired("alice");
  const wire::Jid jid = alice.jid();
  alice.events.clear();
  const CommandId logout = alice.command(Logout{});
  ASSERT_TRUE(world.run_until([&] { return alice.is_done(logout); }));
  EXPECT_EQ(alice.count<Closed>(), 1u);
  EXPECT_FALSE(alice.client.credentials().account);
  EXPECT_EQ(world.tap.count([&](const wire::Node& stanza) {
    const wire::Node* remove = stanza.child("remove-companion-device");
    return stanza.text("xmlns") == "md" && stanza.text("type") == "set" && remove != nullptr &&
           remove->jid("jid") != nullptr && *remove->jid("jid") == jid &&
           remove->text("reason") == "user_initiated";
  }),
            1u);
  const auto devices = world.admin(server::ListDevices{"alice"});
  EXPECT_TRUE(std::get<std::vector<server::DeviceView>>(*devices).empty());
  alice.pair();  // as a new device
}

TEST(Connection, ALogoutThatIsNotGrantedChangesNothing) {
  World world;
  TestClient& alice = world.paired("alice");
  world.tap.accept = [](const wire::Node& stanza) {
    return stanza.child("remove-companion-device") == nullptr;
  };
  const CommandId logout = alice.command(Logout{});
  ASSERT_TRUE(world.run_until([&] { return alice.failure(logout).has_value(); },
                              kLogoutTimeout + seconds(1)));
  EXPECT_TRUE(alice.client.credentials().account);
  EXPECT_TRUE(alice.client.is_open());
}

TEST(Connection, AfterACutAtAnyByteNothingIsMissingOrDoubled) {
  World world;
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");

  // What one round carries, uncut, tells where it can be cut.
  const auto round = [&](std::optional<std::size_t> cut_after, const std::string& text) {
    alice.command(Disconnect{});
    world.run_for(milliseconds(10));
    alice.events.clear();
    bob.events.clear();
    alice.cut_after = cut_after;
    alice.command(Connect{});
    alice.command(SendText{bob.user(), "from alice " + text, {}});
    bob.command(SendText{alice.user(), "from bob " + text, {}});
    // Both messages, the acks of both, and the receipts for both.
    const auto settled = [](const TestClient& client) {
      return client.count<MessageReceived>() >= 1 && client.count<ReceiptReceived>() >= 2;
    };
    return world.run_until(
        [&] { return settled(alice) && settled(bob) && alice.client.is_open(); });
  };
  ASSERT_TRUE(round(std::nullopt, "first"));
  ASSERT_TRUE(round(std::nullopt, "second"));
  world.run_for(seconds(1));
  const std::size_t total = alice.bytes_carried;
  ASSERT_GT(total, 500u);

  std::size_t cuts = 0;
  for (std::size_t cut_after = 0; cut_after < total; cut_after += cut_after < 700 ? 5 : 17) {
    const std::string text = std::to_string(cut_after);
    ASSERT_TRUE(round(cut_after, text)) << cut_after;
    world.run_for(seconds(3));
    EXPECT_EQ(bob.texts(), std::vector<std::string>{"from alice " + text}) << cut_after;
    EXPECT_EQ(alice.texts(), std::vector<std::string>{"from bob " + text}) << cut_after;
    EXPECT_EQ(alice.count<CommandFailed>() + bob.count<CommandFailed>(), 0u) << cut_after;
    EXPECT_TRUE(alice.client.credentials().mailbox.outbox.empty()) << cut_after;
    cuts += alice.count<Closed>();
  }
  EXPECT_GT(cuts, 100u);
}

TEST(Connection, TheSameSeedGivesTheSameBytes) {
  const auto run = [](std::uint64_t seed) {
    Recording recording;
    World world(seed);
    TestClient& alice = world.add("alice", {}, Instruments{.recorder = &recording});
    alice.pair();
    TestClient& bob = world.paired("bob");
    alice.send(bob.user(), "hello");
    bob.send(alice.user(), "welcome");
    world.cut(alice);
    world.run_for(minutes(5));
    Bytes sent;
    for (const trace::Record& record : recording.records) {
      const auto* wire = std::get_if<trace::Wire>(&record.event);
      if (wire != nullptr && wire->direction == trace::Direction::kSent) append(sent, wire->bytes);
    }
    return sent;
  };
  const Bytes first = run(7);
  EXPECT_EQ(first, run(7));
  EXPECT_NE(first, run(8));
}

}  // namespace
}  // namespace doublecheck::client
