#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// Privacy settings, by way of the reference server.
namespace doublecheck::client {
namespace {

using testing::Couple;
using testing::TestClient;
using namespace wire::literals;

// What the server answers to queries about privacy, instead of its own.
void answer_with(testing::World& world, const wire::Node& privacy) {
  world.tap.edit = [privacy](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "iq" && stanza.child("privacy") != nullptr)
        stanza.content = std::vector<wire::Node>{privacy};
    }
  };
}

wire::Node many_settings(std::size_t count) {
  return {.tag = "privacy",
          .attributes = {},
          .content = std::vector<wire::Node>(count, R"(<category name="last" value="all"/>)"_node)};
}

TEST(Privacy, IsSetAndReadAndReachesOtherDevices) {
  Couple test;
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  const CommandId set = test.alice.command(SetPrivacy{"last", "none"});
  const CommandId fetch = test.alice.command(FetchPrivacy{});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.is_done(set));
  EXPECT_TRUE(test.alice.is_done(fetch));
  const std::vector<PrivacySetting> changed = {{"last", "none"}};
  ASSERT_EQ(tablet.count<PrivacyChanged>(), 1U);
  EXPECT_EQ(tablet.all<PrivacyChanged>().back().settings, changed);
  EXPECT_EQ(test.alice.all<PrivacyChanged>().back().settings, changed);
  const auto all = test.alice.all<PrivacyFetched>().back().settings;
  EXPECT_GT(all.size(), 1U);
  EXPECT_NE(std::ranges::find(all, changed.front()), all.end());
}

TEST(Privacy, ReadReceiptsFollowTheSettingOfAnotherDevice) {
  Couple test;
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  for (const auto& [value, type] : {std::pair{"none", "read-self"}, std::pair{"all", "read"}}) {
    tablet.command(SetPrivacy{"readreceipts", value});
    test.world.run_for(seconds(1));
    test.alice.command(MarkRead{test.bob.user(), {}, {"ID-1"}});
    test.world.run_for(seconds(1));
    EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", type), 1U);
  }
}

TEST(Privacy, AnAnswerThatMakesNoSenseFailsTheCommand) {
  for (const wire::Node& answer :
       {R"(<settings/>)"_node, R"(<privacy><category name="last"/></privacy>)"_node,
        R"(<privacy><list name="last" value="none"/></privacy>)"_node,
        R"(<privacy><category name=jid:"1@lid" value="none"/></privacy>)"_node,
        many_settings(kMaxPrivacySettings + 1)}) {
    Couple test;
    answer_with(test.world, answer);
    const CommandId set = test.alice.command(SetPrivacy{"last", "none"});
    const CommandId fetch = test.alice.command(FetchPrivacy{});
    test.world.run_for(seconds(1));
    EXPECT_TRUE(test.alice.failure(set)) << answer.tag.view();
    EXPECT_TRUE(test.alice.failure(fetch)) << answer.tag.view();
    EXPECT_EQ(test.alice.count<PrivacyChanged>(), 0U);
  }
}

TEST(Privacy, WhatTheServerDidNotTakeFails) {
  Couple test;
  const CommandId unknown = test.alice.command(SetPrivacy{"shoe size", "none"});
  answer_with(test.world, R"(<privacy><category name="last" value="all"/></privacy>)"_node);
  const CommandId ignored = test.alice.command(SetPrivacy{"last", "none"});
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.failure(unknown));
  EXPECT_TRUE(test.alice.failure(ignored));
  EXPECT_TRUE(test.alice.failure(test.alice.command(SetPrivacy{"last", ""})));
}

TEST(Privacy, NewsThatMakeNoSenseAreIgnored) {
  Couple test;
  test.alice.events.clear();
  for (const wire::Node& change : {R"(<privacy><category value="none"/></privacy>)"_node,
                                   many_settings(kMaxPrivacySettings + 1)}) {
    wire::Node news = R"(<notification type="account_sync" id="n" t="1"/>)"_node;
    news.content = std::vector<wire::Node>{change};
    news.set("from", test.alice.user());
    test.world.inject(test.alice, news);
  }
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<PrivacyChanged>(), 0U);
  EXPECT_EQ(test.alice.count<Remark>(), 2U);
}

}  // namespace
}  // namespace doublecheck::client
