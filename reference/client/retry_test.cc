#include <gtest/gtest.h>

#include "reference/client/prekey_nodes.h"
#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::client {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::TestClient;
using testing::World;
using namespace wire::literals;
using Texts = std::vector<std::string>;

struct Damaged : testing::Couple {
  Damaged() { get_acquainted(); }

  // Damages the ciphertexts of messages to clients, so many times.
  void damage(std::size_t times) {
    world.tap.edit = [times](std::vector<wire::Node>& stanzas) mutable {
      for (wire::Node& stanza : stanzas) {
        auto* children = std::get_if<std::vector<wire::Node>>(&stanza.content);
        if (stanza.tag != "message" || children == nullptr || times == 0) continue;
        for (wire::Node& child : *children) {
          if (child.tag != "enc") continue;
          Bytes bytes = to_bytes(*child.bytes());
          bytes.back() ^= 1;
          child.content = wire::Blob(bytes);
          --times;
        }
      }
    };
  }

  std::vector<wire::Node> sent(std::string_view tag, std::string_view type) const {
    std::vector<wire::Node> found;
    for (const auto& stanza : world.tap.received_stanzas) {
      if (stanza.node.tag == tag && stanza.node.text("type") == type) found.push_back(stanza.node);
    }
    return found;
  }
  std::vector<wire::Node> retries() const { return sent("receipt", "retry"); }
  std::vector<wire::Node> messages() const { return sent("message", "text"); }

  // A device of bob's that asks alice for a message.
  wire::Node request(const std::string& id, const std::string& count, const wire::Jid& from) const {
    wire::Node receipt =
        R"(<receipt type="retry" t="1"><retry v="1" t="1"/><registration>hex:00000001</registration></receipt>)"_node;
    receipt.set("id", wire::Text(id));
    receipt.set("from", from);
    wire::Node& retry = std::get<std::vector<wire::Node>>(receipt.content).front();
    retry.set("id", wire::Text(id));
    retry.set("count", wire::Text(count));
    return receipt;
  }
};

TEST(Retry, AMessageDamagedOnTheWayIsAskedForAndComes) {
  Damaged test;
  test.damage(1);
  test.alice.send(test.bob.user(), "take two", "ID-1");
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.count<MessageReceived>() == 1; }));
  EXPECT_EQ(test.bob.texts(), Texts{"take two"});
  ASSERT_EQ(test.bob.count<MessageUndecryptable>(), 1u);
  EXPECT_EQ(test.bob.all<MessageUndecryptable>().front().id, "ID-1");

  ASSERT_EQ(test.retries().size(), 1u);
  const wire::Node receipt = test.retries().front();
  EXPECT_EQ(receipt.text("id"), "ID-1");
  EXPECT_EQ(*receipt.jid("to"), test.alice.jid());
  ASSERT_NE(receipt.child("retry"), nullptr);
  EXPECT_EQ(receipt.child("retry")->text("count"), "1");
  EXPECT_EQ(receipt.child("retry")->text("id"), "ID-1");
  EXPECT_EQ(receipt.child("retry")->text("v"), "1");
  EXPECT_TRUE(receipt.child("retry")->has("t"));
  EXPECT_EQ(receipt.child("registration")->bytes()->size(), 4u);
  EXPECT_EQ(receipt.child("keys"), nullptr);

  ASSERT_EQ(test.messages().size(), 2u);
  const wire::Node resend = test.messages().back();
  EXPECT_EQ(resend.text("id"), "ID-1");
  EXPECT_EQ(*resend.jid("to"), test.bob.jid());
  EXPECT_EQ(resend.text("device_fanout"), "false");
  EXPECT_EQ(resend.child("participants"), nullptr);
  ASSERT_NE(resend.child("enc"), nullptr);
  EXPECT_EQ(resend.child("enc")->text("count"), "1");

  // Undecryptable messages are settled, too, and never by a plain receipt (STANZA-71).
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("class") == "message" &&
           stanza.text("id") == "ID-1" && !stanza.has("error");
  }),
            1u);
}

TEST(Retry, ALostSessionIsRebuiltFromTheKeysOfTheSecondRequest) {
  Damaged test;
  test.bob.command(Disconnect{});
  test.world.run_for(seconds(1));
  Credentials amnesia = test.bob.client.credentials();
  amnesia.peers.sessions.clear();
  TestClient& bob = test.world.add("bob", std::move(amnesia));
  bob.connect();
  test.alice.send(bob.user(), "remember me?");
  ASSERT_TRUE(test.world.run_until([&] { return bob.count<MessageReceived>() == 1; }));
  EXPECT_EQ(bob.texts(), Texts{"remember me?"});
  EXPECT_EQ(bob.count<MessageUndecryptable>(), 1u);

  const auto retries = test.retries();
  ASSERT_EQ(retries.size(), 2u);
  EXPECT_EQ(retries[1].child("retry")->text("count"), "2");
  const wire::Node* keys = retries[1].child("keys");
  ASSERT_NE(keys, nullptr);
  EXPECT_EQ(keys->child("identity")->bytes()->size(), 32u);
  EXPECT_EQ(keys->child("key")->child("value")->bytes()->size(), 32u);
  EXPECT_EQ(keys->child("skey")->child("value")->bytes()->size(), 32u);
  EXPECT_NE(keys->child("device-identity"), nullptr);
  EXPECT_EQ(test.messages().back().child("enc")->text("type"), "pkmsg");
  EXPECT_NE(test.messages().back().child("device-identity"), nullptr);

  bob.send(test.alice.user(), "now I do");
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.alice.texts(), Texts{"now I do"});
}

TEST(Retry, AnotherRegistrationIdMeansAnotherSession) {
  Damaged test;
  test.alice.send(test.bob.user(), "hello", "ID-1");
  test.world.run_for(seconds(1));
  test.world.inject(test.alice, test.request("ID-1", "1", test.bob.jid()));  // registration id 1
  test.world.run_for(seconds(1));
  ASSERT_EQ(test.messages().size(), 2u);
  EXPECT_EQ(test.messages().back().child("enc")->text("type"), "pkmsg");
  EXPECT_EQ(test.bob.texts(), Texts{"hello"}) << "reported once";
}

TEST(Retry, OwnDevicesAreServedAsOwn) {
  World world;
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");
  TestClient& tablet = world.add("alice");
  tablet.pair("alice");
  bool damaged = false;
  world.tap.edit = [&](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      auto* children = std::get_if<std::vector<wire::Node>>(&stanza.content);
      if (stanza.tag != "message" || !stanza.has("recipient") || children == nullptr ||
          std::exchange(damaged, true))
        continue;
      Bytes bytes = to_bytes(*children->front().bytes());
      bytes.back() ^= 1;
      children->front().content = wire::Blob(bytes);
    }
  };
  alice.send(bob.user(), "copy that");
  ASSERT_TRUE(world.run_until([&] { return tablet.count<MessageReceived>() == 1; }));
  EXPECT_TRUE(damaged);
  EXPECT_TRUE(tablet.all<MessageReceived>().front().from_me);
  EXPECT_EQ(tablet.all<MessageReceived>().front().chat, bob.user());
  EXPECT_EQ(bob.count<MessageReceived>(), 1u);
}

TEST(Retry, EndsAtTheCap) {
  Damaged test;
  test.damage(1000);
  test.alice.send(test.bob.user(), "hopeless", "ID-1");
  test.world.run_for(minutes(10));
  EXPECT_EQ(test.retries().size(), kMaxRetries);
  EXPECT_LE(test.messages().size(), 1 + kMaxResends);
  EXPECT_EQ(test.bob.count<MessageUndecryptable>(), 1u);
  for (std::size_t i = 0; i < test.retries().size(); ++i) {
    EXPECT_EQ(test.retries()[i].child("retry")->number("count"), i + 1);
    EXPECT_EQ(test.retries()[i].child("keys") != nullptr, i + 1 >= kFirstRetryWithKeys);
  }
  // Not even another connection starts the count anew (RETRY-02).
  wire::Node copy =
      R"(<message t="1" type="text"><enc v="2" type="msg">hex:33000102030405060708</enc></message>)"_node;
  copy.set("id", "ID-1");
  copy.set("from", test.alice.jid());
  test.world.cut(test.bob);
  ASSERT_TRUE(test.world.run_until([&] { return test.bob.client.is_open(); }));
  test.world.inject(test.bob, copy);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.retries().size(), kMaxRetries);
}

TEST(Retry, OnlyAddresseesAreServed) {
  Damaged test;
  TestClient& carol = test.world.paired("carol");
  test.alice.send(test.bob.user(), "for bob's eyes", "ID-1");
  test.world.run_for(seconds(1));
  const std::size_t before = test.messages().size();
  test.world.inject(test.alice, test.request("ID-1", "1", carol.jid()));
  test.world.inject(
      test.alice,
      test.request("ID-1", "1", wire::Jid::of_user(std::string(test.bob.user().user.view()), 9)));
  test.world.inject(test.alice, test.request("ID-unknown", "1", test.bob.jid()));
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.messages().size(), before);
  // All the same, each request is acknowledged (RETRY-18).
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("class") == "receipt" &&
           stanza.text("type") == "retry";
  }),
            3u);
}

TEST(Retry, RequestsAreServedUpToALimit) {
  Damaged test;
  test.alice.send(test.bob.user(), "again and again", "ID-1");
  test.world.run_for(seconds(1));
  const std::size_t before = test.messages().size();
  test.world.inject(test.alice,
                    test.request("ID-1", std::to_string(kMaxServedRetryCount + 1), test.bob.jid()));
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.messages().size(), before);
  for (unsigned i = 0; i < kMaxResends + 3; ++i) {
    test.world.inject(test.alice,
                      test.request("ID-1", std::to_string(kMaxServedRetryCount), test.bob.jid()));
    test.world.run_for(seconds(1));
  }
  EXPECT_EQ(test.messages().size(), before + kMaxResends);
}

TEST(Retry, KeysThatNobodyVouchesForAreRefused) {
  Damaged test;
  test.alice.send(test.bob.user(), "secret", "ID-1");
  test.world.run_for(seconds(1));
  const std::size_t before = test.messages().size();
  wire::Node request = test.request("ID-1", "2", test.bob.jid());
  // An impostor's keys, properly signed, with bob's own document beside them.
  const auto impostor = KeyStore::generate(test.world.random);
  const std::uint8_t type[] = {5};
  const auto bytes = [](std::string_view tag, ByteView content) {
    return wire::Node{.tag = tag, .attributes = {}, .content = wire::Blob(content)};
  };
  const Bytes document = test.bob.client.credentials().account->signed_identity;
  std::get<std::vector<wire::Node>>(request.content)
      .push_back(
          {.tag = "keys",
           .attributes = {},
           .content = std::vector<wire::Node>{
               bytes("type", type), bytes("identity", impostor.local.identity_key.public_key),
               signed_prekey_node(impostor.signed_prekey()), bytes("device-identity", document)}});
  test.world.inject(test.alice, request);
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.messages().size(), before);
}

TEST(Retry, SentMessagesAreForgottenBeyondTheLimit) {
  Damaged test;
  for (std::size_t i = 0; i <= kMaxRecentMessages; ++i) {
    test.alice.command(SendText{test.bob.user(), "x", "ID-" + std::to_string(i)});
  }
  ASSERT_TRUE(
      test.world.run_until([&] { return test.alice.client.credentials().mailbox.outbox.empty(); }));
  Credentials credentials = test.alice.client.credentials();
  EXPECT_EQ(credentials.mailbox.recent.size(), kMaxRecentMessages);
  EXPECT_EQ(credentials.mailbox.find_sent("ID-0"), nullptr);
  EXPECT_NE(credentials.mailbox.find_sent("ID-1"), nullptr);
}

}  // namespace
}  // namespace doublecheck::client
