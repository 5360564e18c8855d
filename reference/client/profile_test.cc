#include <gtest/gtest.h>

#include <string>

#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// Names and status texts, by way of the reference server.
namespace doublecheck::client {
namespace {

using testing::Couple;
using testing::TestClient;
using namespace wire::literals;

TEST(Profile, AStatusIsToldToThoseWhoHaveWritten) {
  Couple test;
  test.get_acquainted();
  for (const std::string text : {"busy", "äé 你", ""}) {
    const CommandId set = test.alice.command(SetStatus{text});
    test.world.run_for(seconds(1));
    EXPECT_TRUE(test.alice.is_done(set));
    ASSERT_GT(test.bob.count<StatusChanged>(), 0U);
    EXPECT_EQ(test.bob.all<StatusChanged>().back().text, text);
    EXPECT_EQ(test.bob.all<StatusChanged>().back().user, test.alice.user());
  }
  EXPECT_EQ(test.bob.count<StatusChanged>(), 3U);
}

TEST(Profile, AStatusThatIsNoneIsRefused) {
  Couple test;
  EXPECT_TRUE(test.alice.failure(test.alice.command(SetStatus{"\xff"})));
  EXPECT_TRUE(
      test.alice.failure(test.alice.command(SetStatus{std::string(kMaxStatusBytes + 1, 'x')})));
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "iq") continue;
      stanza.set("type", "error");
      stanza.content = std::vector<wire::Node>{R"(<error code="406" text="no"/>)"_node};
    }
  };
  const CommandId refused = test.alice.command(SetStatus{"busy"});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.failure(refused).value().find("406") != std::string::npos);
  test.alice.command(Disconnect{});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.failure(test.alice.command(SetStatus{"busy"})));
}

TEST(Profile, NewsThatMakeNoSenseAreIgnored) {
  Couple test;
  test.alice.events.clear();
  wire::Node too_long = R"(<set/>)"_node;
  too_long.content = wire::Blob(as_bytes(std::string(kMaxStatusBytes + 1, 'x')));
  for (wire::Node child : {R"(<set><text/></set>)"_node, R"(<put/>)"_node, too_long}) {
    wire::Node news = R"(<notification type="status" id="n" t="1"/>)"_node;
    news.content = std::vector<wire::Node>{std::move(child)};
    news.set("from", test.bob.user());
    test.world.inject(test.alice, news);
  }
  test.world.inject(test.alice, R"(<notification type="status" id="n" t="1"/>)"_node);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<StatusChanged>(), 0U);
  EXPECT_EQ(test.alice.count<Remark>(), 4U);
  EXPECT_TRUE(test.alice.client.is_open());
}

TEST(Profile, ANameIsAnnouncedAndReachesOtherDevices) {
  Couple test;
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  const CommandId set = test.alice.command(SetPushName{"Alice A."});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.is_done(set));
  ASSERT_EQ(tablet.count<PushNameChanged>(), 1U);
  EXPECT_EQ(tablet.all<PushNameChanged>().back().name, "Alice A.");
  tablet.command(SendPresence{});
  test.alice.send(test.bob.user(), "hello");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.bob.all<MessageReceived>().back().push_name, "Alice A.");
  EXPECT_TRUE(test.alice.failure(test.alice.command(SetPushName{""})));
}

TEST(Profile, OnlyTheOwnAccountGivesTheOwnName) {
  Couple test;
  wire::Node news = R"(<notification type="account_sync" id="n" t="1" pushname="Mallory"/>)"_node;
  news.set("from", test.bob.user());
  test.world.inject(test.alice, news);
  news.set("from", test.alice.user());
  news.set("pushname", wire::Text(std::string(kMaxPushNameBytes + 1, 'x')));
  test.world.inject(test.alice, news);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<PushNameChanged>(), 0U);
}

}  // namespace
}  // namespace doublecheck::client
