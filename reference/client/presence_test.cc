#include <gtest/gtest.h>

#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// Presence and chat states, by way of the reference server.
namespace doublecheck::client {
namespace {

using std::chrono::seconds;
using testing::Couple;
using namespace wire::literals;

TEST(Presence, OthersAreSeenComingAndGoing) {
  Couple test;
  test.alice.command(SubscribePresence{test.bob.user()});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.count<PresenceChanged>() == 1; }));
  EXPECT_TRUE(test.alice.all<PresenceChanged>().back().available);
  test.bob.command(SendPresence{false});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.count<PresenceChanged>() == 2; }));
  EXPECT_FALSE(test.alice.all<PresenceChanged>().back().available);
  EXPECT_TRUE(test.alice.all<PresenceChanged>().back().last_seen.has_value());
  EXPECT_EQ(test.alice.all<PresenceChanged>().back().user, test.bob.user());
}

TEST(Presence, WhatIsNoTimeIsNotTaken) {
  Couple test;
  for (const char* last : {"deny", "", "-5", "99999999999999999999"}) {
    wire::Node presence = R"(<presence type="unavailable"/>)"_node;
    presence.set("from", test.bob.user());
    presence.set("last", wire::Text(last));
    test.world.inject(test.alice, presence);
  }
  test.world.run_for(seconds(1));
  ASSERT_EQ(test.alice.count<PresenceChanged>(), 4U);
  for (const PresenceChanged& presence : test.alice.all<PresenceChanged>())
    EXPECT_FALSE(presence.last_seen.has_value());
}

TEST(Presence, ChatStatesAreTold) {
  Couple test;
  for (const Activity activity : {Activity::kComposing, Activity::kRecording, Activity::kPaused}) {
    test.alice.command(SendChatState{test.bob.user(), activity});
    test.world.run_for(seconds(1));
    ASSERT_GT(test.bob.count<ChatStateChanged>(), 0U);
    const ChatStateChanged state = test.bob.all<ChatStateChanged>().back();
    EXPECT_EQ(state.activity, activity);
    EXPECT_EQ(state.chat, test.alice.user());
  }
}

TEST(Presence, WhatMakesNoSenseIsRefusedOrIgnored) {
  Couple test;
  EXPECT_TRUE(test.alice.failure(
      test.alice.command(SubscribePresence{*wire::parse_jid("120363000000000001@g.us")})));
  EXPECT_TRUE(test.alice.failure(
      test.alice.command(SendChatState{*wire::parse_jid("1@newsletter"), Activity::kPaused})));
  for (wire::Node node : {R"(<chatstate/>)"_node, R"(<chatstate><dancing/></chatstate>)"_node}) {
    node.set("from", test.bob.user());
    test.world.inject(test.alice, node);
  }
  test.world.inject(test.alice, R"(<presence/>)"_node);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<ChatStateChanged>(), 0U);
  EXPECT_EQ(test.alice.count<PresenceChanged>(), 0U);
  EXPECT_TRUE(test.alice.client.is_open());

  test.alice.command(Disconnect{});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.failure(test.alice.command(SubscribePresence{test.bob.user()})));
}

}  // namespace
}  // namespace doublecheck::client
