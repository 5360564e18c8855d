#include <gtest/gtest.h>

#include <algorithm>

#include "reference/client/test_world.h"
#include "spec/noise/test_guard.h"
#include "spec/requirements/requirement.h"
#include "spec/wire/node_literal.h"

// The client asks its guard, and does what it says: that is how deliberate violations are made.
namespace doublecheck::client {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::TestClient;
using testing::World;
using namespace wire::literals;

// Alice is guarded, bob is not.
struct Guarded {
  explicit Guarded(std::initializer_list<std::pair<Rule, bool>> forced = {}) {
    for (const auto& [rule, outcome] : forced) guard.force(rule, outcome);
    alice.pair();
    bob.pair();
  }

  TestGuard guard;
  World world;
  TestClient& alice = world.add("alice", {}, Instruments{.guard = &guard});
  TestClient& bob = world.add("bob");
};

TEST(Guards, AreAskedInOrdinaryLifeAndFindNothingWrongWithTheReferenceServer) {
  Guarded test;
  test.alice.send(test.bob.user(), "hello");
  test.bob.send(test.alice.user(), "welcome");
  test.alice.command(MarkRead{test.bob.user(), {}, {"ID-1"}});
  test.world.run_for(minutes(2));
  for (const Rule rule :
       {Rule::CERT_01,    Rule::CERT_04,   Rule::PAIR_08,   Rule::PAIR_09,    Rule::PAIR_19,
        Rule::CONTROL_01, Rule::LOGIN_02,  Rule::LOGIN_03,  Rule::IQ_02,      Rule::IQ_03,
        Rule::DEVICE_03,  Rule::DEVICE_04, Rule::DEVICE_07, Rule::SESSION_04, Rule::STANZA_42,
        Rule::STANZA_44,  Rule::STANZA_77, Rule::STANZA_89, Rule::MESSAGE_04, Rule::MESSAGE_07}) {
    EXPECT_TRUE(test.guard.exercised(rule)) << requirement(rule).id;
  }
  for (const Rule rule : test.guard.violated()) {
    // Its own device is in every list of its account's devices.
    EXPECT_EQ(rule, Rule::STANZA_44) << requirement(rule).id;
  }
}

TEST(Guards, ForcedOpenLetAForgedCertificatePass) {
  TestGuard guard;
  guard.force(Rule::CERT_01, true);
  World world;
  Config config = world.client_config("alice");
  config.trust_root.key = KeyPair::generate(world.random).public_key;
  TestClient& alice = world.add("alice", config, {}, Instruments{.guard = &guard});
  alice.command(Connect{});
  EXPECT_TRUE(world.run_until([&] { return alice.count<QrShown>() == 1; }));
}

TEST(Guards, ForcedOpenMakeARemovedDeviceComeBack) {
  Guarded test({{Rule::LOGIN_08, true}});
  test.alice.command(Disconnect{});
  test.world.run_for(seconds(1));
  test.world.admin(server::UnlinkDevice{"alice", 1});
  test.alice.opened_carriers.clear();
  test.alice.command(Connect{});
  test.world.run_for(minutes(5));
  EXPECT_GT(test.alice.opened_carriers.size(), 2u);
  EXPECT_TRUE(test.alice.client.credentials().account);
}

TEST(Guards, ForcedShutEndWhatTheServerOnlyInterrupted) {
  Guarded test({{Rule::LOGIN_10, false}});
  test.alice.command(Disconnect{});
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "success") stanza = R"(<failure reason="503"/>)"_node;
    }
  };
  test.alice.opened_carriers.clear();
  test.alice.command(Connect{});
  test.world.run_for(minutes(5));
  EXPECT_EQ(test.alice.opened_carriers.size(), 1u);
}

TEST(Guards, ForcedOpenTakeAnyStanzaForAnAnswer) {
  Guarded test({{Rule::IQ_02, true}});
  test.alice.command(Disconnect{});
  test.world.run_for(seconds(1));
  std::string id;
  test.world.tap.accept = [&](const wire::Node& stanza) {
    if (stanza.child("active") == nullptr) return true;
    id = *stanza.text("id");
    return false;
  };
  test.alice.command(Connect{});
  ASSERT_TRUE(test.world.run_until([&] { return !id.empty(); }));
  wire::Node impostor = R"(<presence/>)"_node;
  impostor.set("id", wire::Text(id));
  test.world.inject(test.alice, impostor);
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.alice.client.is_open());
}

TEST(Guards, ForcedOpenAskForAMessageWithoutEnd) {
  Guarded test({{Rule::STANZA_93, true}});
  for (unsigned i = 0; i < kMaxRetries + 3; ++i) {
    wire::Node message =
        R"(<message id="ID-1" t="1" type="text"><enc v="2" type="msg">hex:00</enc></message>)"_node;
    message.set("from", test.bob.jid());
    test.world.inject(test.alice, message);
    test.world.run_for(seconds(1));
  }
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "receipt" && stanza.text("type") == "retry";
  }),
            kMaxRetries + 3);
}

TEST(Guards, ForcedOpenSendAMessageToTheSendingDevice) {
  Guarded test({{Rule::STANZA_44, true}});
  test.alice.send(test.bob.user(), "hello", "ID-1");
  EXPECT_EQ(test.world.tap.count([&](const wire::Node& stanza) {
    const wire::Node* participants = stanza.child("participants");
    return participants != nullptr &&
           std::ranges::any_of(participants->children(), [&](const wire::Node& to) {
             return to.jid("jid") != nullptr && *to.jid("jid") == test.alice.jid();
           });
  }),
            1u);
}

TEST(Guards, ForcedOpenGiveAMessageToAStranger) {
  Guarded test({{Rule::RETRY_08, true}});
  TestClient& carol = test.world.paired("carol");
  test.alice.send(test.bob.user(), "for bob's eyes", "ID-1");
  wire::Node request =
      R"(<receipt id="ID-1" type="retry" t="1"><retry count="1" id="ID-1" t="1" v="1"/>
      <registration>hex:00000001</registration></receipt>)"_node;
  request.set("from", carol.jid());
  test.world.inject(test.alice, request);
  test.world.run_for(seconds(5));
  EXPECT_EQ(carol.texts(), std::vector<std::string>{"for bob's eyes"});
}

}  // namespace
}  // namespace doublecheck::client
