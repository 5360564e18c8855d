#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "reference/client/test_world.h"
#include "spec/payload/message.h"
#include "spec/payload/padding.h"
#include "spec/signal/sender_key_message.h"
#include "spec/signal/session_cipher.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Groups, by way of the reference server.
namespace doublecheck::client {
namespace {

using std::chrono::seconds;
using testing::TestClient;
using namespace wire::literals;
using Texts = std::vector<std::string>;

struct Groups : testing::World, ::testing::Test {
  Groups() : alice(paired("alice")), bob(paired("bob")), carol(paired("carol")) {
    group = create({bob.user(), carol.user()});
    tap.received_stanzas.clear();
  }

  wire::Jid create(std::vector<wire::Jid> members) {
    const CommandId id = alice.command(CreateGroup{"A group", std::move(members)});
    run_for(seconds(1));
    for (const CommandDone& done : alice.all<CommandDone>()) {
      if (done.command == id && done.group) return *done.group;
    }
    ADD_FAILURE() << "no group was made: " << alice.failure(id).value_or("no answer");
    return {};
  }
  void update(const std::string& action, const TestClient& who) {
    const CommandId id = alice.command(UpdateGroup{group, action, {who.user()}});
    run_for(seconds(1));
    EXPECT_TRUE(alice.is_done(id)) << alice.failure(id).value_or("no answer");
  }
  void write(TestClient& from, const std::string& text, const std::string& id = {}) {
    from.send(group, text, id);
    run_for(seconds(1));
  }

  // The group messages that clients have sent, in order.
  std::vector<wire::Node> sent() const {
    std::vector<wire::Node> found;
    for (const auto& stanza : tap.received_stanzas) {
      if (stanza.node.tag == "message") found.push_back(stanza.node);
    }
    return found;
  }
  // The devices that a message gives the key to.
  static std::set<std::string> given_to(const wire::Node& message) {
    std::set<std::string> devices;
    const wire::Node* participants = message.child("participants");
    if (participants == nullptr) return devices;
    for (const wire::Node& to : participants->children())
      devices.insert(std::string(to.jid("jid")->user.view()) + ":" +
                     std::to_string(to.jid("jid")->device));
    return devices;
  }
  static std::string lid_of(const TestClient& client) {
    const wire::Jid lid = *client.client.credentials().account->lid;
    return std::string(lid.user.view()) + ":" + std::to_string(lid.device);
  }
  static std::uint32_t key_id(const wire::Node& message) {
    return signal::decode_sender_key_message(*message.child("enc")->bytes(), {}).value().key_id;
  }
  std::size_t count_sent(std::string_view tag, std::string_view type) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(tap.received_stanzas, [&](const auto& stanza) {
          return stanza.node.tag == tag && stanza.node.text("type") == type;
        }));
  }

  TestClient& alice;
  TestClient& bob;
  TestClient& carol;
  wire::Jid group;
};

TEST_F(Groups, MembersReadEachOther) {
  write(alice, "one");
  write(bob, "two");
  write(carol, "three");
  EXPECT_EQ(alice.texts(), (Texts{"two", "three"}));
  EXPECT_EQ(bob.texts(), (Texts{"one", "three"}));
  EXPECT_EQ(carol.texts(), (Texts{"one", "two"}));
  const MessageReceived first = bob.all<MessageReceived>().front();
  EXPECT_EQ(first.chat, group);
  EXPECT_EQ(first.sender, *alice.client.credentials().account->lid);
  EXPECT_FALSE(first.from_me);
}

TEST_F(Groups, DeliveryIsToldByEachReader) {
  write(alice, "hello", "ID-1");
  std::set<std::string> readers;
  for (const ReceiptReceived& receipt : alice.all<ReceiptReceived>()) {
    if (receipt.type != ReceiptType::kDelivered) continue;
    EXPECT_EQ(receipt.chat, group);
    EXPECT_EQ(receipt.id, "ID-1");
    readers.insert(std::string(receipt.from.user.view()));
  }
  EXPECT_EQ(readers.size(), 2U);
}

TEST_F(Groups, TheKeyIsGivenOnce) {
  write(alice, "one");
  write(alice, "two");
  const auto messages = sent();
  ASSERT_EQ(messages.size(), 2U);
  const auto holders = given_to(messages[0]);
  EXPECT_TRUE(holders.contains(lid_of(bob)) && holders.contains(lid_of(carol)));
  EXPECT_FALSE(holders.contains(lid_of(alice)));  // SENDERKEY-13
  EXPECT_TRUE(given_to(messages[1]).empty());
  EXPECT_EQ(messages[0].text("addressing_mode"), "lid");
  EXPECT_TRUE(messages[0].has("phash"));
  EXPECT_EQ(bob.texts(), (Texts{"one", "two"}));
}

// The server says so when it knows of other devices.
TEST_F(Groups, PhashIsThatOfTheServer) {
  bool contradicted = false;
  tap.edit = [&](std::vector<wire::Node>& stanzas) {
    for (const wire::Node& stanza : stanzas)
      contradicted = contradicted || (stanza.tag == "ack" && stanza.has("phash"));
  };
  write(alice, "one");
  EXPECT_FALSE(contradicted);
}

TEST_F(Groups, OwnOtherDevicesReadAlong) {
  TestClient& tablet = add("alice");
  tablet.pair("alice");
  write(alice, "from the desktop");
  write(tablet, "from the tablet");
  EXPECT_EQ(tablet.texts(), Texts{"from the desktop"});
  EXPECT_EQ(alice.texts(), Texts{"from the tablet"});
  EXPECT_TRUE(tablet.all<MessageReceived>().front().from_me);
  EXPECT_EQ(bob.texts(), (Texts{"from the desktop", "from the tablet"}));
}

TEST_F(Groups, WhoIsAwayReadsLater) {
  carol.command(Disconnect{});
  run_for(seconds(1));
  write(alice, "one");
  write(bob, "two");
  carol.connect();
  run_for(seconds(1));
  EXPECT_EQ(carol.texts(), (Texts{"one", "two"}));
}

TEST_F(Groups, NewcomersReadWhatIsWrittenAfterwards) {
  TestClient& dave = paired("dave");
  write(alice, "before");
  update("add", dave);
  write(alice, "after");
  EXPECT_EQ(dave.texts(), Texts{"after"});
  EXPECT_TRUE(given_to(sent().back()).contains(lid_of(dave)));
}

// STANZA-103, SENDERKEY-11
TEST_F(Groups, WhoIsRemovedHoldsNoKeyToWhatFollows) {
  write(alice, "before");
  update("remove", carol);
  write(alice, "after");
  const auto messages = sent();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_NE(key_id(messages[0]), key_id(messages[1]));
  EXPECT_FALSE(given_to(messages[1]).contains(lid_of(carol)));
  EXPECT_TRUE(given_to(messages[1]).contains(lid_of(bob)));
  EXPECT_EQ(bob.texts(), (Texts{"before", "after"}));
  EXPECT_EQ(carol.texts(), Texts{"before"});
}

TEST_F(Groups, WhoHasMissedTheKeyAsksForIt) {
  // What bob gets loses its pairwise ciphertext once.
  bool lost = false;
  tap.edit = [&](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "message" || stanza.child("enc") == nullptr || lost) continue;
      auto& children = std::get<std::vector<wire::Node>>(stanza.content);
      lost = std::erase_if(children, [](const wire::Node& child) {
               return child.text("type") == "pkmsg" || child.text("type") == "msg";
             }) > 0;
    }
  };
  write(alice, "one");
  write(alice, "two");
  EXPECT_TRUE(lost);
  EXPECT_EQ(count_sent("receipt", "retry"), 1U);
  EXPECT_EQ(bob.texts().size() + carol.texts().size(), 4U);
}

// The connection of whoever is asked ends before he has found out whether he may serve.
TEST_F(Groups, ARequestThatWasNotServedComesAgain) {
  bool lost = false;
  bool asked = false;
  tap.edit = [&](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "message" || stanza.child("enc") == nullptr || lost) continue;
      lost = std::erase_if(std::get<std::vector<wire::Node>>(stanza.content),
                           [](const wire::Node& child) {
                             return child.tag == "enc" && child.text("type") != "skmsg";
                           }) > 0;
    }
  };
  tap.accept = [&](const wire::Node& stanza) {
    asked = asked || (stanza.tag == "receipt" && stanza.text("type") == "retry");
    return !asked || stanza.text("xmlns") != "w:g2";
  };
  write(alice, "one");
  EXPECT_TRUE(asked);
  EXPECT_EQ(bob.texts().size() + carol.texts().size(), 1U);
  tap.accept = nullptr;
  cut(alice);
  ASSERT_TRUE(run_until([&] { return alice.client.is_open(); }));
  run_for(seconds(1));
  EXPECT_EQ(bob.texts(), Texts{"one"});
  EXPECT_EQ(carol.texts(), Texts{"one"});
}

// RETRY-09
TEST_F(Groups, NothingIsSentAgainToWhoHasLeft) {
  write(alice, "secret", "ID-1");
  update("remove", carol);
  tap.received_stanzas.clear();
  wire::Node receipt =
      R"(<receipt id="ID-1" type="retry" t="1"><retry count="1" id="ID-1" v="1" t="1"/>
         <registration>hex:00000001</registration></receipt>)"_node;
  receipt.set("from", group);
  receipt.set("participant", *carol.client.credentials().account->lid);
  inject(alice, receipt);
  run_for(seconds(1));
  EXPECT_TRUE(sent().empty());
  receipt.set("participant", *bob.client.credentials().account->lid);
  inject(alice, receipt);
  run_for(seconds(1));
  ASSERT_EQ(sent().size(), 1U);
  EXPECT_EQ(*sent().front().jid("participant"), *bob.client.credentials().account->lid);
}

// A request in one chat is none for a message of another.
TEST_F(Groups, NothingIsSentAgainInAnotherChat) {
  alice.send(bob.user(), "for bob alone", "ID-1");
  run_for(seconds(1));
  tap.received_stanzas.clear();
  wire::Node receipt =
      R"(<receipt id="ID-1" type="retry" t="1"><retry count="1" id="ID-1" v="1" t="1"/>
         <registration>hex:00000001</registration></receipt>)"_node;
  receipt.set("from", group);
  receipt.set("participant", *bob.client.credentials().account->lid);
  inject(alice, receipt);
  run_for(seconds(1));
  EXPECT_TRUE(sent().empty());
}

// SENDERKEY-10
TEST_F(Groups, AKeyCountsOnlyWhereItCame) {
  write(alice, "one");
  const wire::Jid other = create({bob.user()});
  // alice gives bob a key to the other group, in a message of the first.
  Credentials forger = alice.client.credentials();
  payload::Message content;
  content.sender_key_distribution =
      payload::SenderKeyDistribution{.group_id = other.to_string(),
                                     .message = signal::encode_sender_key_distribution_message(
                                         signal::OwnSenderKey::generate(random).distribution())};
  const Address address = forger.peers.address_of(bob.jid());
  const auto encrypted = signal::encrypt(forger.peers.sessions.at(address),
                                         payload::pad(payload::encode_message(content), random));
  wire::Node message = R"(<message id="ID-9" t="1750000000" type="text"/>)"_node;
  message.set("from", group);
  message.set("participant", *alice.client.credentials().account->lid);
  wire::Node enc = R"(<enc v="2"/>)"_node;
  enc.set("type", wire::Text(signal::to_string(encrypted->type)));
  enc.content = wire::Blob(ByteView(encrypted->bytes));
  message.content = std::vector<wire::Node>{enc};
  inject(bob, message);
  run_for(seconds(1));
  for (const auto& [sender, record] : bob.client.credentials().peers.groups.others)
    EXPECT_NE(sender.group, other.to_string());
}

TEST_F(Groups, KeysSurviveARestart) {
  write(alice, "one");
  write(bob, "two");
  const auto before = alice.client.credentials();
  auto restored = restore(serialize(before)).value();
  EXPECT_EQ(serialize(restored), serialize(before));
  alice.command(Disconnect{});
  run_for(seconds(1));
  TestClient& again = add("alice", std::move(restored));
  again.connect();
  write(bob, "three");
  again.send(group, "four");
  run_for(seconds(1));
  EXPECT_EQ(again.texts(), Texts{"three"});
  EXPECT_TRUE(given_to(sent().back()).empty());
  EXPECT_EQ(carol.texts(), (Texts{"one", "two", "three", "four"}));
}

TEST_F(Groups, ChangesAreTold) {
  update("promote", bob);
  update("remove", carol);
  std::vector<std::string> changes;
  for (const GroupChanged& change : carol.all<GroupChanged>()) {
    EXPECT_EQ(change.group, group);
    changes.push_back(change.change);
  }
  EXPECT_EQ(changes, (Texts{"create", "promote", "remove"}));
  const GroupChanged removal = bob.all<GroupChanged>().back();
  ASSERT_EQ(removal.participants.size(), 1U);
  EXPECT_EQ(removal.participants.front(), carol.client.credentials().account->lid->account());
}

TEST_F(Groups, RefusalsAreTold) {
  const CommandId add = bob.command(UpdateGroup{group, "remove", {carol.user()}});
  const CommandId nonsense = alice.command(UpdateGroup{group, "greet", {carol.user()}});
  run_for(seconds(1));
  EXPECT_TRUE(bob.failure(add).value_or("").find("403") != std::string::npos);
  EXPECT_TRUE(alice.failure(nonsense).has_value());
  const CommandId twice = alice.command(UpdateGroup{group, "add", {carol.user()}});
  run_for(seconds(1));
  EXPECT_TRUE(alice.failure(twice).value_or("").find("409") != std::string::npos);
}

TEST_F(Groups, WhoHasLeftCannotWrite) {
  const CommandId left = carol.command(LeaveGroup{group});
  run_for(seconds(1));
  EXPECT_TRUE(carol.is_done(left));
  const CommandId written = carol.command(SendText{group, "still there", {}});
  run_for(seconds(1));
  EXPECT_TRUE(carol.failure(written).has_value());
  EXPECT_TRUE(bob.texts().empty());
}

// Nobody has got the key that was in it.
TEST_F(Groups, AKeyInARefusedMessageIsGivenAgain) {
  tap.accept = [](const wire::Node& stanza) { return stanza.tag != "message"; };
  carol.command(SendText{group, "refused", "ID-1"});
  run_for(seconds(1));
  tap.accept = nullptr;
  wire::Node refusal = R"(<ack class="message" id="ID-1" error="403"/>)"_node;
  refusal.set("from", group);
  inject(carol, refusal);
  run_for(seconds(1));
  ASSERT_EQ(carol.count<MessageRejected>(), 1U);
  write(carol, "taken");
  EXPECT_TRUE(given_to(sent().back()).contains(lid_of(bob)));
  EXPECT_EQ(count_sent("receipt", "retry"), 0U);
  EXPECT_EQ(bob.texts(), Texts{"taken"});
}

TEST_F(Groups, WhatHasArrivedIsAcknowledgedAlsoAfterItsAuthorHasLeft) {
  tap.edit = [](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& stanza) {
      return stanza.tag == "ack" && stanza.text("id") == "ID-1";
    });
  };
  carol.command(SendText{group, "the last one", "ID-1"});
  run_for(seconds(1));
  EXPECT_EQ(bob.texts(), Texts{"the last one"});
  update("remove", carol);
  tap.edit = nullptr;
  cut(carol);
  ASSERT_TRUE(run_until([&] { return carol.client.is_open(); }));
  run_for(seconds(1));
  EXPECT_EQ(carol.count<MessageRejected>(), 0U);
  EXPECT_TRUE(carol.client.credentials().mailbox.outbox.empty());
  EXPECT_EQ(bob.texts(), Texts{"the last one"});
}

// STANZA-69
TEST_F(Groups, AMessageOfNobodyIsAcknowledgedAsUnreadable) {
  wire::Node message =
      R"(<message id="ID-9" t="1" type="text"><enc v="2" type="skmsg">hex:00</enc></message>)"_node;
  message.set("from", group);
  inject(bob, message);
  run_for(seconds(1));
  EXPECT_EQ(tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("error") == "487";
  }),
            1U);
}

}  // namespace
}  // namespace doublecheck::client
