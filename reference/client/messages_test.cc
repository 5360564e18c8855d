#include <gtest/gtest.h>

#include "reference/client/test_couple.h"
#include "spec/payload/message.h"
#include "spec/wire/node_literal.h"

// Messages between clients, by way of the reference server.
namespace doublecheck::client {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::Couple;
using testing::TestClient;
using testing::World;
using namespace wire::literals;
using Texts = std::vector<std::string>;

// ---- Delivery

TEST(Messages, GoBothWaysWithNamesAndReceipts) {
  Couple test;
  const CommandId command = test.alice.command(SendText{test.bob.user(), "hello", "ID-1"});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.count<ReceiptReceived>() == 2; }));

  const auto received = test.bob.all<MessageReceived>();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received.front().text, "hello");
  EXPECT_EQ(received.front().id, "ID-1");
  EXPECT_EQ(received.front().chat, test.alice.user());
  EXPECT_EQ(received.front().sender, test.alice.jid());
  EXPECT_EQ(received.front().push_name, "alice");
  EXPECT_EQ(received.front().chat_alt, test.alice.client.credentials().account->lid->account());
  EXPECT_FALSE(received.front().from_me);
  EXPECT_FALSE(received.front().offline);

  const auto receipts = test.alice.all<ReceiptReceived>();
  EXPECT_EQ(receipts[0].type, ReceiptType::kServer);
  EXPECT_EQ(receipts[1].type, ReceiptType::kDelivered);
  EXPECT_EQ(receipts[1].id, "ID-1");
  EXPECT_EQ(receipts[1].chat, test.bob.user());
  EXPECT_TRUE(test.alice.is_done(command));

  test.bob.send(test.alice.user(), "welcome");
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.count<MessageReceived>() == 1; }));
  EXPECT_EQ(test.alice.texts(), Texts{"welcome"});
}

TEST(Messages, CanBeAddressedByLid) {
  Couple test;
  const wire::Jid lid = test.bob.client.credentials().account->lid->account();
  test.alice.send(lid, "one");
  test.alice.send(test.bob.user(), "two");
  test.bob.send(test.alice.client.credentials().account->lid->account(), "three");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.bob.texts(), (Texts{"one", "two"}));
  EXPECT_EQ(test.alice.texts(), Texts{"three"});
  // Both names lead to the same session, of each of the two devices (DEVICE-15).
  const auto& sessions = test.alice.client.credentials().peers.sessions;
  EXPECT_TRUE(
      std::ranges::all_of(sessions, [](const auto& entry) { return entry.first.server == "lid"; }));
}

TEST(Messages, ReachOwnOtherDevicesAsOwn) {
  Couple test;
  TestClient& tablet = test.world.add("alice");
  tablet.pair("alice");
  ASSERT_EQ(tablet.user(), test.alice.user());
  ASSERT_NE(tablet.jid(), test.alice.jid());

  test.alice.send(test.bob.user(), "from the desktop");
  test.bob.send(test.alice.user(), "to both");
  tablet.send(test.bob.user(), "from the tablet");
  test.world.run_for(seconds(1));

  EXPECT_EQ(test.bob.texts(), (Texts{"from the desktop", "from the tablet"}));
  EXPECT_EQ(tablet.texts(), (Texts{"from the desktop", "to both"}));
  EXPECT_EQ(test.alice.texts(), (Texts{"to both", "from the tablet"}));
  const MessageReceived copy = tablet.all<MessageReceived>().front();
  EXPECT_TRUE(copy.from_me);
  EXPECT_EQ(copy.chat, test.bob.user());
  EXPECT_EQ(copy.sender, test.alice.jid());
  EXPECT_FALSE(tablet.all<MessageReceived>().back().from_me);
}

TEST(Messages, GoToEveryDeviceButTheSendingOneAndInOneCopyEach) {
  Couple test;
  TestClient& tablet = test.world.add("bob");
  tablet.pair("bob");
  test.world.tap.received_stanzas.clear();
  test.alice.send(test.bob.user(), "hello", "ID-1");
  const auto message =
      std::ranges::find_if(test.world.tap.received_stanzas, [](const auto& stanza) {
        return stanza.node.tag == "message" && stanza.node.text("id") == "ID-1";
      });
  ASSERT_NE(message, test.world.tap.received_stanzas.end());
  std::vector<std::string> to;
  for (const wire::Node& entry : message->node.child("participants")->children()) {
    ASSERT_NE(entry.jid("jid"), nullptr);
    to.push_back(entry.jid("jid")->to_string());
  }
  std::ranges::sort(to);
  std::vector<std::string> expected{test.bob.user().to_string(), test.bob.jid().to_string(),
                                    tablet.jid().to_string(), test.alice.user().to_string()};
  std::ranges::sort(expected);
  EXPECT_EQ(to, expected);
  EXPECT_NE(message->node.child("device-identity"), nullptr);
}

TEST(Messages, WrittenWhileTheRecipientIsAwayComeInOrderAndMarked) {
  Couple test;
  test.get_acquainted();
  test.bob.command(Disconnect{});
  test.world.run_for(seconds(1));
  for (const char* text : {"one", "two", "three"})
    test.alice.command(SendText{test.bob.user(), text});
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.alice.count<CommandDone>(), 3u);
  EXPECT_EQ(test.bob.count<MessageReceived>(), 0u);

  test.bob.connect();
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.bob.texts(), (Texts{"one", "two", "three"}));
  for (const MessageReceived& message : test.bob.all<MessageReceived>())
    EXPECT_TRUE(message.offline);
  EXPECT_EQ(std::ranges::count(test.alice.all<ReceiptReceived>(), ReceiptType::kDelivered,
                               &ReceiptReceived::type),
            3);
}

TEST(Messages, KeepTheOrderInWhichTheyWereSent) {
  Couple test;
  Texts expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back(std::to_string(i));
    test.alice.command(SendText{test.bob.user(), expected.back()});
    if (i % 7 == 0) test.world.run_for(std::chrono::milliseconds(3));
  }
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 50; }));
  EXPECT_EQ(test.bob.texts(), expected);
}

TEST(Messages, GoBetweenAccountsWithoutPhone) {
  World world(1, {.first_device = 0});
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");
  ASSERT_EQ(alice.jid().device, 0);
  alice.send(bob.user(), "hello");
  bob.send(alice.user(), "welcome");
  world.run_for(seconds(1));
  EXPECT_EQ(bob.texts(), Texts{"hello"});
  EXPECT_EQ(alice.texts(), Texts{"welcome"});
}

// ---- Nothing is lost

TEST(Messages, WrittenWhileTheSenderIsAwayAreSentLater) {
  Couple test;
  test.alice.command(Disconnect{});
  test.world.run_for(seconds(1));
  const CommandId command = test.alice.command(SendText{test.bob.user(), "patience"});
  test.world.run_for(minutes(10));
  EXPECT_FALSE(test.alice.is_done(command));
  test.alice.connect();
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 1; }));
  EXPECT_TRUE(test.world.run_until([&] { return test.alice.is_done(command); }));
}

TEST(Messages, SurviveARestartOfTheSender) {
  Couple test;
  test.alice.keeps_state = true;
  test.world.tap.accept = [](const wire::Node& stanza) { return stanza.tag != "message"; };
  test.alice.command(SendText{test.bob.user(), "to be continued"});
  test.alice.command(SendText{test.bob.user(), "in order"});
  test.world.run_for(seconds(5));
  test.alice.command(Disconnect{});
  ASSERT_TRUE(test.alice.saved);

  auto restored = restore(*test.alice.saved);
  ASSERT_TRUE(restored);
  test.world.tap.accept = nullptr;
  TestClient& again = test.world.add("alice", std::move(*restored));
  again.connect();
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 2; }));
  EXPECT_EQ(test.bob.texts(), (Texts{"to be continued", "in order"}));
}

TEST(Messages, WhoseAckWasLostAreSentAgainUnchangedAndArriveOnce) {
  Couple test;
  test.get_acquainted();
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& stanza) { return stanza.tag == "ack"; });
  };
  const CommandId command = test.alice.command(SendText{test.bob.user(), "once", "ID-1"});
  test.world.run_for(seconds(5));
  EXPECT_FALSE(test.alice.is_done(command));
  test.world.tap.edit = nullptr;
  test.world.cut(test.alice);
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.is_done(command); }));
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.bob.texts(), Texts{"once"});

  std::vector<wire::Node> copies;
  for (const auto& stanza : test.world.tap.received_stanzas) {
    if (stanza.node.tag == "message") copies.push_back(stanza.node);
  }
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0], copies[1]);
}

TEST(Messages, ThatAreNotAcknowledgedInTimeAreReportedAndKept) {
  Couple test;
  test.world.tap.accept = [](const wire::Node& stanza) { return stanza.tag != "message"; };
  const CommandId command = test.alice.command(SendText{test.bob.user(), "late"});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.failure(command).has_value(); }));
  test.world.tap.accept = nullptr;
  test.world.cut(test.alice);
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 1; }));
  EXPECT_FALSE(test.alice.is_done(command)) << "answered once";
}

TEST(Messages, ADisconnectAnswersSendsThatHang) {
  Couple test;
  test.world.tap.accept = [](const wire::Node& stanza) { return stanza.tag != "message"; };
  const CommandId command = test.alice.command(SendText{test.bob.user(), "kept"});
  test.world.run_for(seconds(1));
  test.alice.command(Disconnect{});
  EXPECT_TRUE(test.alice.failure(command));
  test.world.tap.accept = nullptr;
  test.alice.connect();
  EXPECT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 1; }));
}

// ---- Refusals

TEST(Messages, ThatTheServerRefusesFailAndAreNotSentAgain) {
  Couple test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "ack" && stanza.text("class") == "message") stanza.set("error", "463");
    }
  };
  const CommandId command = test.alice.command(SendText{test.bob.user(), "unwanted", "ID-1"});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.failure(command).has_value(); }));
  ASSERT_EQ(test.alice.count<MessageRejected>(), 1u);
  EXPECT_EQ(test.alice.all<MessageRejected>().front().id, "ID-1");
  test.world.cut(test.alice);
  test.world.run_for(minutes(5));
  EXPECT_EQ(test.sent_by_clients("message", "ID-1", "text"), 1u);
}

TEST(Messages, ToNobodyFail) {
  Couple test;
  const CommandId command =
      test.alice.command(SendText{wire::Jid::of_user("15559999999"), "anyone?"});
  ASSERT_TRUE(test.world.run_until([&] { return test.alice.failure(command).has_value(); }));
  test.alice.send(test.bob.user(), "the next one goes through");
}

TEST(Messages, AreLimited) {
  Couple test;
  const auto fails = [&](const SendText& text) {
    return test.alice.failure(test.alice.command(text)).has_value();
  };
  const wire::Jid bob = test.bob.user();
  EXPECT_FALSE(fails({bob, std::string(kMaxTextBytes, 'x')}));
  EXPECT_TRUE(fails({bob, std::string(kMaxTextBytes + 1, 'x')}));
  EXPECT_TRUE(fails({bob, "\xff"}));
  EXPECT_FALSE(fails({bob, "x", std::string(kMaxMessageIdBytes, 'x')}));
  EXPECT_TRUE(fails({bob, "x", std::string(kMaxMessageIdBytes, 'x')})) << "the id was used";
  EXPECT_TRUE(fails({bob, "x", std::string(kMaxMessageIdBytes + 1, 'x')}));
  EXPECT_TRUE(fails({*wire::parse_jid("123@newsletter"), "x"}));
  EXPECT_TRUE(fails({wire::Jid::of_server(), "x"}));

  test.alice.command(Disconnect{});
  for (std::size_t i = test.alice.client.credentials().mailbox.outbox.size(); i < kMaxOutbox; ++i) {
    ASSERT_FALSE(fails({bob, "x"})) << i;
  }
  EXPECT_TRUE(fails({bob, "x"}));
  TestClient& idle = test.world.add("idle");
  EXPECT_TRUE(idle.failure(idle.command(SendText{bob, "x"})));
}

// ---- What comes twice, and what means nothing

TEST(Messages, ThatComeTwiceAreReportedOnceAndSettledTwice) {
  Couple test;
  wire::Node stanza;
  test.world.tap.edit = [&](std::vector<wire::Node>& stanzas) {
    for (const wire::Node& sent : stanzas) {
      if (sent.tag == "message" && sent.text("id") == "ID-1") stanza = sent;
    }
  };
  test.alice.send(test.bob.user(), "once", "ID-1");
  test.world.run_for(seconds(1));
  ASSERT_EQ(test.sent_by_clients("receipt", "ID-1"), 1u);
  test.world.inject(test.bob, stanza);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.bob.texts(), Texts{"once"});
  EXPECT_EQ(test.sent_by_clients("receipt", "ID-1"), 2u);
  EXPECT_EQ(test.bob.count<MessageUndecryptable>(), 0u);

  // The same message, encrypted anew.
  test.world.inject(test.alice, test.from_bob("ID-2", payload::Message::of_text("again")));
  test.get_acquainted();
  test.world.inject(test.alice, test.from_bob("ID-3", payload::Message::of_text("again")));
  test.world.run_for(seconds(1));
  test.bob.send(test.alice.user(), "moves the session on");
  test.world.inject(test.alice, test.from_bob("ID-3", payload::Message::of_text("again")));
  test.world.run_for(seconds(1));
  EXPECT_EQ(std::ranges::count(test.alice.texts(), "again"), 1);
}

TEST(Messages, ForOwnDevicesCountOnlyFromOwnDevices) {
  Couple test;
  test.get_acquainted();
  const auto keys = test.alice.client.credentials().app_state_keys;
  payload::Message share;
  share.protocol_message = payload::AppStateSyncKeyShare{
      .keys = {
          {.key_id = Bytes{1, 2, 3}, .key_data = Bytes(32, 7), .fingerprint = {}, .timestamp = 1}}};
  test.world.inject(test.alice, test.from_bob("ID-1", share));
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.client.credentials().app_state_keys, keys);
  EXPECT_EQ(test.sent_by_clients("ack", "ID-1"), 1u);
}

TEST(Messages, OfAnotherAccountAreNotOwnWhateverTheySay) {
  Couple test;
  test.get_acquainted();
  payload::Message forged = payload::Message::of_text("I never said this");
  forged.device_sent =
      payload::DeviceSent{.destination_jid = "15550001119@s.whatsapp.net", .phash = {}};
  test.world.inject(test.alice, test.from_bob("ID-1", forged));
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.count<MessageReceived>(), 0u);
  EXPECT_EQ(test.sent_by_clients("ack", "ID-1"), 1u);
}

TEST(Messages, ThatMakeNoSenseAreRefused) {
  Couple test;
  test.get_acquainted();
  test.world.inject(test.alice, test.from_bob("ID-1", Bytes{0xff, 0xff, 0xff, 0x01}));
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("id") == "ID-1" && stanza.text("error") == "491";
  }),
            1u);
  EXPECT_EQ(test.alice.count<MessageReceived>(), 0u);
}

TEST(Messages, OfUnknownKindsAreAcknowledged) {
  Couple test;
  for (
      const wire::Node& stanza :
      {R"(<message id="ID-1" from=jid:"15550001112@s.whatsapp.net" t="1" type="text"/>)"_node,
       R"(<message id="ID-2" from=jid:"15550001112@s.whatsapp.net" t="1" type="text"><enc v="2" type="zz">hex:00</enc><x/></message>)"_node,
       R"(<message id="ID-3" from=jid:"123@g.us" participant=jid:"15550001112:1@s.whatsapp.net" t="1" type="text"><enc v="2" type="skmsg">hex:00</enc></message>)"_node,
       R"(<message id="ID-4" from=jid:"123@newsletter" t="1" type="text"><plaintext>hex:00</plaintext></message>)"_node}) {
    test.world.inject(test.alice, stanza);
  }
  test.world.run_for(seconds(1));
  for (const char* id : {"ID-1", "ID-2", "ID-3", "ID-4"})
    EXPECT_EQ(test.sent_by_clients("ack", id), 1u) << id;
}

// ---- The phone

TEST(Messages, OfThePhoneBringKeysAndHistory) {
  World world;
  TestClient& alice = world.paired("alice");
  EXPECT_EQ(alice.client.credentials().app_state_keys.size(), 1u);
  for (const char* type : {"peer_msg", "hist_sync"}) {
    EXPECT_EQ(world.tap.count([&](const wire::Node& stanza) {
      const wire::Jid* to = stanza.jid("to");
      return stanza.tag == "receipt" && stanza.text("type") == type && to != nullptr &&
             *to == alice.user();
    }),
              1u)
        << type;
  }
  EXPECT_EQ(alice.count<MessageReceived>(), 0u);
  EXPECT_EQ(alice.count<MessageUndecryptable>(), 0u);
}

}  // namespace
}  // namespace doublecheck::client
