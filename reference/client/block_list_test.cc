#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reference/client/stanzas.h"
#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// The block list, by way of the reference server, and what comes from who is on it.
namespace doublecheck::client {
namespace {

using testing::Couple;
using testing::TestClient;
using namespace wire::literals;
using Texts = std::vector<std::string>;
using Users = std::vector<wire::Jid>;

wire::Jid lid_of(const TestClient& client) {
  return client.client.credentials().account->lid->account();
}

bool run(Couple& test, TestClient& client, const Command& wanted) {
  const CommandId id = client.command(wanted);
  test.world.run_for(seconds(1));
  return client.is_done(id);
}

// Alice's list becomes this one; the server, which does not know of it, lets messages through as it
// does those that were under way before.
void change_unknown_to_the_server(Couple& test, const Command& wanted, wire::Node list) {
  test.world.tap.accept = [](const wire::Node& stanza) {
    return stanza.text("xmlns") != "blocklist";
  };
  const CommandId id = test.alice.command(wanted);
  test.world.run_for(seconds(1));
  const wire::Node query = test.world.tap.received_stanzas.back().node;
  ASSERT_EQ(query.text("xmlns"), "blocklist");
  wire::Node answer = R"(<iq type="result"/>)"_node;
  answer.set("id", *query.attribute("id"));
  answer.content = std::vector<wire::Node>{std::move(list)};
  test.world.inject(test.alice, answer);
  test.world.run_for(seconds(1));
  ASSERT_TRUE(test.alice.is_done(id));
  test.world.tap.accept = nullptr;
}

// What the server answers to queries about the list, instead of its own.
void answer_with(testing::World& world, const wire::Node& list) {
  world.tap.edit = [list](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "iq" && stanza.child("list") != nullptr)
        stanza.content = std::vector<wire::Node>{list};
    }
  };
}

wire::Node list_of(std::size_t count) {
  std::vector<wire::Node> items;
  for (std::size_t i = 0; i < count; ++i)
    items.push_back(element("item", {{"jid", wire::Jid::of_lid(std::to_string(i + 1))}}));
  return parent("list", std::move(items), {{"dhash", "many"}});
}

wire::Node news_of(const TestClient& client, wire::Node change) {
  wire::Node news = R"(<notification type="account_sync" id="n" t="1"/>)"_node;
  news.set("from", client.user());
  news.content = std::vector<wire::Node>{std::move(change)};
  return news;
}

TEST(BlockList, GrowsAndShrinksAndReachesOtherDevices) {
  Couple test;
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  ASSERT_TRUE(run(test, test.alice, Block{test.bob.user()}));
  for (const TestClient* client : {&test.alice, &tablet}) {
    ASSERT_EQ(client->count<BlockListChanged>(), 1U);
    EXPECT_EQ(client->all<BlockListChanged>().back().blocked, Users{lid_of(test.bob)});
  }
  ASSERT_TRUE(run(test, tablet, FetchBlockList{}));
  EXPECT_EQ(tablet.all<BlockListFetched>().back().users, Users{lid_of(test.bob)});
  ASSERT_TRUE(run(test, tablet, Unblock{test.bob.user()}));
  for (const TestClient* client : {&test.alice, &tablet}) {
    ASSERT_EQ(client->count<BlockListChanged>(), 2U);
    EXPECT_EQ(client->all<BlockListChanged>().back().unblocked, Users{lid_of(test.bob)});
    EXPECT_TRUE(client->client.credentials().peers.blocked.empty());
  }
}

TEST(BlockList, IsAskedForAtEveryLoginAndSurvivesARestart) {
  Couple test;
  ASSERT_TRUE(run(test, test.alice, Block{test.bob.user()}));
  const auto restored = restore(serialize(test.alice.client.credentials()));
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->peers.blocked, test.alice.client.credentials().peers.blocked);
  EXPECT_EQ(restored->peers.block_list_hash, test.alice.client.credentials().peers.block_list_hash);
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  EXPECT_EQ(tablet.all<BlockListChanged>().back().blocked, Users{lid_of(test.bob)});
}

// ---- Messages

TEST(BlockList, MessagesOfBlockedUsersAreAcknowledgedAndNotTold) {
  Couple test;
  test.get_acquainted();
  change_unknown_to_the_server(test, Block{test.bob.user()},
                               parent("list", {element("item", {{"jid", lid_of(test.bob)}})}));
  test.bob.send(test.alice.user(), "psst", "ID-1");
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.texts().empty());
  EXPECT_EQ(test.bob.count<ReceiptReceived>(), 1U);  // that the server has it
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1"), 0U);
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", "inactive"), 0U);
  EXPECT_EQ(test.sent_by_clients("ack", "ID-1"), 1U);

  // What was blocked stays away, and the session is in step.
  change_unknown_to_the_server(test, Unblock{test.bob.user()}, R"(<list/>)"_node);
  test.bob.send(test.alice.user(), "hello again", "ID-2");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.texts(), Texts{"hello again"});
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-2", "retry"), 0U);
}

TEST(BlockList, BlockedUsersAreNotAskedForWhatCannotBeRead) {
  Couple test;
  test.get_acquainted();
  ASSERT_TRUE(run(test, test.alice, Block{test.bob.user()}));
  test.world.inject(test.alice, Couple::delivered(test.bob.jid(), "ID-1", "msg", Bytes(60, 1)));
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<MessageUndecryptable>(), 0U);
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", "retry"), 0U);
  EXPECT_EQ(test.sent_by_clients("ack", "ID-1"), 1U);
}

TEST(BlockList, GroupsAreReadAllTheSame) {
  Couple test;
  test.get_acquainted();
  ASSERT_TRUE(run(test, test.bob, CreateGroup{"A group", {test.alice.user()}}));
  const wire::Jid group = *test.bob.all<CommandDone>().back().group;
  ASSERT_TRUE(run(test, test.alice, Block{test.bob.user()}));
  test.bob.send(group, "for all");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.texts(), Texts{"for all"});
}

// ---- What makes no sense

TEST(BlockList, AnAnswerThatMakesNoSenseFailsTheCommand) {
  for (const wire::Node& answer :
       {R"(<users/>)"_node, R"(<list><item/></list>)"_node,
        R"(<list><user jid=jid:"1@lid"/></list>)"_node, R"(<list><item jid="1@lid"/></list>)"_node,
        R"(<list><item jid=jid:"1@g.us"/></list>)"_node, list_of(kMaxBlockedUsers + 1)}) {
    Couple test;
    answer_with(test.world, answer);
    EXPECT_FALSE(run(test, test.alice, Block{test.bob.user()}));
    EXPECT_FALSE(run(test, test.alice, FetchBlockList{}));
    EXPECT_EQ(test.alice.count<CommandFailed>(), 2U);
    EXPECT_EQ(test.alice.count<BlockListChanged>(), 0U);
    EXPECT_TRUE(test.alice.client.is_open());
  }
}

TEST(BlockList, OnlyUsersCanBeBlocked) {
  Couple test;
  EXPECT_FALSE(run(test, test.alice, Block{*wire::parse_jid("120363000000000001@g.us")}));
  EXPECT_FALSE(run(test, test.alice, Block{*wire::parse_jid("15550009999@s.whatsapp.net")}));
  test.alice.command(Disconnect{});
  EXPECT_FALSE(run(test, test.alice, Block{test.bob.user()}));
  EXPECT_EQ(test.alice.count<CommandFailed>(), 3U);
}

// A change of another state than the one that is known, or one that is not understood, asks for
// all.
TEST(BlockList, IsAskedForWhenNewsDoNotFit) {
  Couple test;
  ASSERT_TRUE(run(test, test.alice, Block{test.bob.user()}));
  const std::string hash = test.alice.client.credentials().peers.block_list_hash;
  const auto asked = [&] {
    return test.world.tap.count([](const wire::Node& stanza) {
      return stanza.text("xmlns") == "blocklist" && stanza.text("type") == "get";
    });
  };
  wire::Node unknown_state = R"(<blocklist dhash="b" prev_dhash="a"/>)"_node;
  wire::Node unknown_action =
      R"(<blocklist dhash="b"><item jid=jid:"1@lid" action="ignore"/></blocklist>)"_node;
  unknown_action.set("prev_dhash", wire::Text(hash));
  wire::Node too_many = list_of(kMaxBlockedUsers + 1);
  too_many.tag = "blocklist";
  for (wire::Node& item : std::get<std::vector<wire::Node>>(too_many.content))
    item.set("action", "block");
  too_many.set("prev_dhash", wire::Text(hash));
  for (const wire::Node& change :
       {R"(<blocklist/>)"_node, unknown_state, unknown_action, too_many}) {
    const std::size_t before = asked();
    test.world.inject(test.alice, news_of(test.alice, change));
    test.world.run_for(seconds(1));
    EXPECT_EQ(asked(), before + 1);
  }
  // What is known already is no news.
  wire::Node known = R"(<blocklist prev_dhash="a"/>)"_node;
  known.set("dhash", wire::Text(hash));
  const std::size_t before = asked();
  test.world.inject(test.alice, news_of(test.alice, known));
  test.world.run_for(seconds(1));
  EXPECT_EQ(asked(), before);
  EXPECT_EQ(test.alice.client.credentials().peers.blocked.size(), 1U);
}

}  // namespace
}  // namespace doublecheck::client
