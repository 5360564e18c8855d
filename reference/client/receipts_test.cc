#include <gtest/gtest.h>

#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// What is told of messages: that they were read, and that a stanza has arrived.
namespace doublecheck::client {
namespace {

using std::chrono::seconds;
using testing::Couple;
using testing::TestClient;
using testing::World;
using namespace wire::literals;
using Texts = std::vector<std::string>;

TEST(Receipts, OfReadMessagesReachTheirAuthor) {
  Couple test;
  test.alice.send(test.bob.user(), "one", "ID-1");
  test.alice.send(test.bob.user(), "two", "ID-2");
  test.world.run_for(seconds(1));
  test.alice.events.clear();
  const CommandId command = test.bob.command(MarkRead{test.alice.user(), {}, {"ID-1", "ID-2"}});
  EXPECT_TRUE(test.bob.is_done(command));
  test.world.run_for(seconds(1));
  const auto receipts = test.alice.all<ReceiptReceived>();
  ASSERT_EQ(receipts.size(), 2u);
  EXPECT_EQ(receipts[0].type, ReceiptType::kRead);
  EXPECT_EQ(receipts[0].id, "ID-1");
  EXPECT_EQ(receipts[1].id, "ID-2");
  EXPECT_EQ(receipts[1].chat, test.bob.user());
}

TEST(Receipts, OfReadMessagesStayWithTheReaderIfThatIsTheSetting) {
  Couple test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.child("privacy") == nullptr) continue;
      stanza.content = std::vector<wire::Node>{
          R"(<privacy><category name="readreceipts" value="none"/></privacy>)"_node};
    }
  };
  test.world.cut(test.bob);
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.client.is_open(); }));
  test.world.run_for(seconds(1));
  test.bob.command(MarkRead{test.alice.user(), {}, {"ID-1"}});
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", "read-self"), 1u);
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", "read"), 0u);
}

TEST(Receipts, CoverALimitedNumberOfMessages) {
  Couple test;
  const auto fails = [&](std::vector<std::string> ids) {
    return test.bob.failure(test.bob.command(MarkRead{test.alice.user(), {}, std::move(ids)}))
        .has_value();
  };
  EXPECT_TRUE(fails({}));
  EXPECT_FALSE(fails(std::vector<std::string>(kMaxMarkedRead, "x")));
  EXPECT_TRUE(fails(std::vector<std::string>(kMaxMarkedRead + 1, "x")));
  test.bob.command(Disconnect{});
  EXPECT_TRUE(fails({"x"}));
}

TEST(Receipts, OfAnUnavailableAccountAreInactive) {
  Couple test;
  EXPECT_TRUE(test.bob.is_done(test.bob.command(SendPresence{false})));
  test.world.run_for(seconds(1));
  test.alice.send(test.bob.user(), "psst", "ID-1");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1", "inactive"), 1u);
  EXPECT_EQ(test.alice.all<ReceiptReceived>().back().type, ReceiptType::kDelivered);

  test.bob.command(SendPresence{true});
  test.alice.send(test.bob.user(), "hey", "ID-2");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-2"), 1u);
}

TEST(Receipts, NeedANameToBeActive) {
  World world;
  TestClient& anonymous = world.paired("");
  EXPECT_TRUE(anonymous.failure(anonymous.command(SendPresence{true})));
  EXPECT_EQ(world.tap.count([](const wire::Node& stanza) { return stanza.tag == "presence"; }), 0u);
}

TEST(Receipts, NotificationsAndCallsAreAcknowledgedOnce) {
  Couple test;
  test.world.inject(test.alice,
                    R"(<receipt id="R-1" from=jid:"15550001112:1@s.whatsapp.net" type="read" t="1">
      <list><item id="R-2"/><item id="R-3"/></list></receipt>)"_node);
  test.world.inject(
      test.alice,
      R"(<receipt id="R-4" from=jid:"123@g.us" participant=jid:"15550001112@s.whatsapp.net"
      recipient=jid:"15550001113@s.whatsapp.net" t="1" offline="0"/>)"_node);
  test.world.inject(
      test.alice,
      R"(<notification id="N-1" from=jid:"@s.whatsapp.net" type="zz" t="1"><x/></notification>)"_node);
  test.world.inject(
      test.alice,
      R"(<call id="C-1" from=jid:"15550001112:1@s.whatsapp.net" t="1"><offer/></call>)"_node);
  test.world.run_for(seconds(1));
  const auto acks = [&](std::string_view id) {
    std::vector<wire::Node> found;
    for (const auto& stanza : test.world.tap.received_stanzas) {
      if (stanza.node.tag == "ack" && stanza.node.text("id") == id) found.push_back(stanza.node);
    }
    return found;
  };
  EXPECT_EQ(
      acks("R-1"),
      std::vector<wire::Node>{
          R"(<ack class="receipt" id="R-1" to=jid:"15550001112:1@s.whatsapp.net" type="read"/>)"_node});
  EXPECT_EQ(acks("R-4"), std::vector<wire::Node>{R"(<ack class="receipt" id="R-4" to=jid:"123@g.us"
      participant=jid:"15550001112@s.whatsapp.net" recipient=jid:"15550001113@s.whatsapp.net"/>)"_node});
  EXPECT_EQ(acks("N-1"),
            std::vector<wire::Node>{
                R"(<ack class="notification" id="N-1" to=jid:"@s.whatsapp.net" type="zz"/>)"_node});
  EXPECT_EQ(acks("C-1"),
            std::vector<wire::Node>{
                R"(<ack class="call" id="C-1" to=jid:"15550001112:1@s.whatsapp.net"/>)"_node});
  EXPECT_TRUE(acks("R-2").empty());

  Texts reported;
  for (const ReceiptReceived& receipt : test.alice.all<ReceiptReceived>())
    reported.push_back(receipt.id);
  EXPECT_EQ(reported, (Texts{"R-1", "R-2", "R-3", "R-4"}));
}

}  // namespace
}  // namespace doublecheck::client
