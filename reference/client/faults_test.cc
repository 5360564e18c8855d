#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reference/client/test_world.h"
#include "reference/server/fault_kind.h"
#include "spec/wire/node_literal.h"

// Every fault that a hostile server can inject happens to a client, and the client gets over it.
namespace doublecheck::client {
namespace {

using std::chrono::seconds;
using testing::TestClient;
using namespace wire::literals;
using server::FaultEvent;
using server::FaultKind;
using server::FaultView;

struct HostileWorld : testing::World {
  HostileWorld() : World(1, hostile()), alice(paired("alice")), bob(paired("bob")) {}

  static server::Config hostile() {
    server::Config config;
    config.strictness = server::Strictness::kHostile;
    return config;
  }

  std::uint64_t ask_for(const FaultKind& kind, std::uint64_t count = 1) {
    server::AddFault command{.fault = {.where = std::string(kind.where),
                                       .name = std::string(kind.name),
                                       .count = count}};
    const bool of_device = !std::holds_alternative<server::HandshakeFault>(kind.how) &&
                           !std::holds_alternative<server::PairFault>(kind.how);
    if (of_device) {
      command.account = "alice";
      command.fault.device = alice.jid().device;
    }
    if (kind.parameter == "messages") command.fault.parameters["messages"] = 50;
    const auto reply = admin(command);
    if (reply) return std::get<FaultView>(*reply).number;
    ADD_FAILURE() << reply.error().message;
    return 0;
  }
  server::FaultResult result(std::uint64_t number) {
    return std::get<FaultView>(*admin(server::GetFault{number})).result;
  }

  void reconnect() {
    cut(alice);
    run_for(seconds(30));
  }
  void be_away_for_messages() {
    alice.command(Disconnect{});
    run_for(seconds(2));
    for (const char* text : {"first", "second", "third"}) bob.send(alice.user(), text);
    run_for(seconds(2));
    alice.command(Connect{});
    run_for(seconds(30));
  }
  void write_in_group() {
    const CommandId id = bob.command(CreateGroup{"A group", {alice.user()}});
    run_for(seconds(2));
    for (const CommandDone& done : bob.all<CommandDone>()) {
      if (done.command == id && done.group) group = *done.group;
    }
    bob.command(SendText{group, "in the group"});
    alice.command(SendText{group, "in the group as well"});
    run_for(seconds(30));
  }
  void be_given_a_token() {
    wire::Node token =
        R"(<notification type="privacy_token" id="token-1" t="1750000000"><tokens><token type="trusted_contact" t="1750000000">bytes:"abc"</token></tokens></notification>)"_node;
    token.set("from", bob.user());
    admin(server::SendStanza{"alice", alice.jid().device, token});
    run_for(seconds(5));
  }

  // Something of which this kind of fault can be a part.
  void provoke(const FaultKind& kind) {
    if (kind.where.starts_with("noise.") || kind.where == "login" || kind.where == "load") {
      reconnect();
    } else if (kind.where == "pair") {
      TestClient& carol = add("carol");
      carol.command(Connect{});
      run_until([&] { return carol.count<QrShown>() > 0; });
      if (carol.count<QrShown>() > 0)
        admin(server::ScanQr{.text = carol.all<QrShown>().front().text, .account = {}});
      run_for(seconds(10));
    } else if (kind.where == "iq" || kind.where == "keys.bundle" || kind.where == "devices") {
      alice.command(SendText{bob.user(), "to somebody new"});
      run_for(seconds(60));
    } else if (kind.where == "groups") {
      write_in_group();
    } else if (kind.where == "queue") {
      be_away_for_messages();
    } else if (kind.where == "token" && kind.name != "refused") {
      be_given_a_token();
    } else {
      bob.command(SendText{alice.user(), "from bob"});
      run_for(seconds(10));
      alice.command(SendText{bob.user(), "from alice"});
      run_for(seconds(10));
    }
  }

  TestClient& alice;
  TestClient& bob;
  wire::Jid group;
};

std::vector<FaultKind> kinds_of_a_client() {
  std::vector<FaultKind> kinds;
  // The reference client does not read app state: conformance/hostile_server_test.cc does.
  std::ranges::copy_if(server::fault_kinds(), std::back_inserter(kinds),
                       [](const FaultKind& kind) { return kind.where != "appstate"; });
  return kinds;
}

// Those after which a client stays away until it is told to come back.
bool ends_client(const FaultKind& kind) {
  return kind.where == "login" &&
         (kind.name == "failure-401" || kind.name == "failure-403" || kind.name == "replaced");
}

class EveryFault : public ::testing::TestWithParam<FaultKind> {};

TEST_P(EveryFault, HappensIsWrittenDownAndIsSurvived) {
  const FaultKind& kind = GetParam();
  HostileWorld world;
  const std::uint64_t number = world.ask_for(kind);
  world.provoke(kind);
  const server::FaultResult result = world.result(number);
  ASSERT_EQ(result.triggered, 1u) << "it happens once, as it was asked for";
  EXPECT_TRUE(result.first_at_time);
  if (kind.where != "pair") {
    EXPECT_FALSE(result.events.empty());
  }
  if (kind.where == "noise.cert") {
    EXPECT_TRUE(result.closed);
    EXPECT_TRUE(std::ranges::none_of(result.events, [](const FaultEvent& event) {
      return event.kind == FaultEvent::Kind::kHandshakeFinished;
    })) << "the client does not go on";
  }
  if (kind.where == "noise.frame") {
    EXPECT_TRUE(result.closed);
  }

  if (ends_client(kind)) {
    EXPECT_TRUE(std::ranges::none_of(result.events, [](const FaultEvent& event) {
      return event.kind == FaultEvent::Kind::kLoggedInAgain;
    })) << "the client stays away";
    return;
  }
  world.run_for(std::chrono::minutes(5));
  world.alice.send(world.bob.user(), "after all");
  world.bob.send(world.alice.user(), "so it is");
  world.run_for(seconds(60));
  const auto shown = [](const TestClient& client, const std::string& text) {
    const auto texts = client.texts();
    return std::ranges::count(texts, text);
  };
  EXPECT_EQ(shown(world.bob, "after all"), 1);
  EXPECT_EQ(shown(world.alice, "so it is"), 1);
  for (const char* text : {"from bob", "first", "second", "third", "in the group"})
    EXPECT_LE(shown(world.alice, text), 1) << text;
  EXPECT_EQ(shown(world.alice, "not by you"), 0) << "only own devices send for the account";
}

INSTANTIATE_TEST_SUITE_P(
    Faults, EveryFault, ::testing::ValuesIn(kinds_of_a_client()), [](const auto& tested) {
      std::string name = std::string(tested.param.where) + "_" + std::string(tested.param.name);
      std::ranges::replace_if(
          name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

TEST(Faults, NeedAHostileServer) {
  testing::World world;
  const auto reply = world.admin(server::AddFault{.fault = {.where = "iq", .name = "silence"}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, "not-hostile");
}

TEST(Faults, AreRefusedForReasonsThatAreTold) {
  HostileWorld world;
  const auto refused = [&](server::AddFault command) {
    const auto reply = world.admin(command);
    return reply ? std::string("accepted") : reply.error().message;
  };
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "x"}}), "there is no fault iq/x");
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "delay", .parameters = {{"x", 1}}}}),
            "it has no parameter x");
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "error", .parameters = {{"code", 1'000}}}}),
            "code is at most 999");
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "error", .parameters = {{"code", 999}}}}),
            "accepted");
  EXPECT_EQ(refused({.fault = {.where = "message", .name = "bad-padding"}}),
            "this fault is done to a device: name account and device");
  EXPECT_EQ(refused({.fault = {.where = "noise.cert", .name = "expired"}, .account = "alice"}),
            "who the client is, is not known during a handshake");
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "delay"}, .account = "nobody"}),
            "there is no account nobody");
  EXPECT_EQ(refused({.fault = {.where = "iq", .name = "delay", .count = 0}}),
            "count must be from 1 to kMaxFaultCount");
}

TEST(Faults, TheirNumberIsLimited) {
  HostileWorld world;
  const server::AddFault fault{.fault = {.where = "pair", .name = "wrong-hmac"}};
  for (std::size_t i = 0; i < server::kMaxFaults; ++i) ASSERT_TRUE(world.admin(fault));
  EXPECT_FALSE(world.admin(fault));
  ASSERT_TRUE(world.admin(server::RemoveFault{1}));
  EXPECT_TRUE(world.admin(fault));
  EXPECT_FALSE(world.admin(server::RemoveFault{1})) << "it is gone";
}

TEST(Faults, ConcernTheQueriesThatMatch) {
  HostileWorld world;
  server::AddFault silence{.fault = {.where = "iq", .name = "silence", .count = 100},
                           .account = "alice"};
  silence.fault.match.xmlns = "usync";
  const auto reply = world.admin(silence);
  ASSERT_TRUE(reply);
  world.reconnect();
  EXPECT_EQ(world.result(std::get<FaultView>(*reply).number).triggered, 0u);
  world.alice.command(SendText{world.bob.user(), "to somebody new"});
  world.run_for(seconds(5));
  EXPECT_EQ(world.result(std::get<FaultView>(*reply).number).triggered, 1u);
}

TEST(Faults, HappenToNobodyElse) {
  HostileWorld world;
  server::AddFault junk{.fault = {.where = "message", .name = "junk-ciphertext", .count = 100},
                        .account = "alice"};
  const auto reply = world.admin(junk);
  ASSERT_TRUE(reply);
  world.alice.send(world.bob.user(), "hello");
  world.run_for(seconds(5));
  EXPECT_EQ(world.bob.texts(), std::vector<std::string>{"hello"});
  EXPECT_EQ(world.result(std::get<FaultView>(*reply).number).triggered, 0u);
}

TEST(Faults, EndWithHostility) {
  HostileWorld world;
  ASSERT_TRUE(world.admin(server::AddFault{.fault = {.where = "iq", .name = "silence"}}));
  server::Config strict;
  ASSERT_TRUE(world.admin(server::SetConfig{strict}));
  const auto listed = world.admin(server::ListFaults{});
  ASSERT_TRUE(listed);
  EXPECT_TRUE(std::get<std::vector<FaultView>>(*listed).empty());
}

}  // namespace
}  // namespace doublecheck::client
