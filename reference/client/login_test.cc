#include <gtest/gtest.h>

#include "reference/client/test_world.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::client {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::Recording;
using testing::TestClient;
using testing::World;
using namespace wire::literals;

// A paired client that is not connected, and its trace.
struct Returning {
  explicit Returning(server::Config config = {})
      : world(1, std::move(config)),
        client(world.add("alice", {}, Instruments{.recorder = &recording})) {
    client.pair();
    client.command(Disconnect{});
    world.run_for(seconds(1));
    client.events.clear();
    client.opened_carriers.clear();
    world.tap.received_stanzas.clear();
  }

  bool opens(Duration limit = minutes(5)) {
    client.command(Connect{});
    return world.run_until([&] { return client.client.is_open(); }, limit);
  }
  // Replaces every `<success>` by this.
  void refuse_login(const wire::Node& instead) {
    world.tap.edit = [instead](std::vector<wire::Node>& stanzas) {
      for (wire::Node& stanza : stanzas) {
        if (stanza.tag == "success") stanza = instead;
      }
    };
  }
  std::size_t handshake_frames() const {
    return recording.handshake_frames_sent(recording.last_connection());
  }

  Recording recording;
  World world;
  TestClient& client;
};

// ---- Handshake

TEST(Login, ResumesByIk) {
  Returning test;
  ASSERT_TRUE(test.opens());
  EXPECT_EQ(test.handshake_frames(), 1u);  // no ClientFinish
}

TEST(Login, FallsBackToAFullHandshakeWhenTheServerHasAnotherKeyOrDoesNotResume) {
  Returning rotated;
  rotated.world.admin(server::RotateNoiseKey{});
  ASSERT_TRUE(rotated.opens());
  EXPECT_EQ(rotated.handshake_frames(), 2u);

  Returning refused({.noise_ik = false});
  ASSERT_TRUE(refused.opens());
  EXPECT_EQ(refused.handshake_frames(), 2u);
}

TEST(Login, DoesAFullHandshakeAfterAResumptionThatFailed) {
  Returning test;
  test.world.tap.make_faults = [first = true]() mutable {
    noise::ServerHandshakeFaults faults;
    if (std::exchange(first, false)) faults.payload.flip_bit = 0;
    return faults;
  };
  ASSERT_TRUE(test.opens());
  EXPECT_EQ(test.client.count<Closed>(), 1u);
  EXPECT_EQ(test.handshake_frames(), 2u);
}

TEST(Login, AServerWithAnotherTrustRootGetsNoClientFinish) {
  Recording recording;
  World world;
  Config config = world.client_config("alice");
  config.trust_root.key = KeyPair::generate(world.random).public_key;
  TestClient& alice = world.add("alice", config, {}, Instruments{.recorder = &recording});
  alice.command(Connect{});
  ASSERT_TRUE(world.run_until([&] { return alice.count<Closed>() == 1; }));
  EXPECT_FALSE(alice.all<Closed>().front().will_reconnect);
  EXPECT_EQ(recording.handshake_frames_sent(recording.last_connection()), 1u);
  EXPECT_EQ(alice.count<QrShown>(), 0u);
}

TEST(Login, AnExpiredCertificateIsRefused) {
  World world(1, {.certificate_validity = server::CertificateValidity::kExpired});
  TestClient& alice = world.add("alice");
  alice.command(Connect{});
  ASSERT_TRUE(world.run_until([&] { return alice.count<Closed>() == 1; }));
  EXPECT_EQ(alice.count<QrShown>(), 0u);
}

TEST(Login, GivesUpOnAServerThatDoesNotAnswerTheHandshake) {
  Returning test;
  test.client.black_hole = true;
  const Instant begun = test.world.steady_;
  test.client.command(Connect{});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Closed>() == 1; }));
  EXPECT_GE(test.world.steady_ - begun, kConnectTimeout);
  EXPECT_LT(test.world.steady_ - begun, kConnectTimeout + seconds(1));
  EXPECT_TRUE(test.client.all<Closed>().front().will_reconnect);
}

TEST(Login, GivesUpOnAServerThatSaysNothingAfterTheHandshake) {
  Returning test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& stanza) { return stanza.tag == "success"; });
  };
  test.client.command(Connect{});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Closed>() == 1; }));
  EXPECT_TRUE(test.client.all<Closed>().front().will_reconnect);
}

// ---- Success

TEST(Login, UploadsPrekeysAndAsksForActiveBeforeItIsOpen) {
  World world;
  TestClient& alice = world.paired("alice");
  const auto devices = world.admin(server::ListDevices{"alice"});
  ASSERT_TRUE(devices);
  EXPECT_EQ(std::get<std::vector<server::DeviceView>>(*devices).front().one_time_prekeys,
            kPrekeyBatch);

  alice.command(Disconnect{});
  world.tap.received_stanzas.clear();
  alice.connect();
  const auto is_active = [](const wire::Node& stanza) { return stanza.child("active") != nullptr; };
  EXPECT_EQ(world.tap.count(is_active), 1u);
  world.run_for(seconds(5));
  EXPECT_EQ(world.tap.count(is_active), 1u);
  EXPECT_EQ(
      world.tap.count([](const wire::Node& stanza) { return stanza.child("list") != nullptr; }), 0u)
      << "there are enough prekeys";
  EXPECT_EQ(world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "presence" && stanza.text("type") == "available" &&
           stanza.text("name") == "alice";
  }),
            1u);
}

TEST(Login, OpensAlthoughEveryQueryIsRefused) {
  Returning test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag != "iq" || stanza.text("type") != "result") continue;
      stanza.set("type", "error");
      stanza.content =
          std::vector<wire::Node>{R"(<error code="599" text="whatever" backoff="3"/>)"_node};
    }
  };
  EXPECT_TRUE(test.opens(seconds(1)));
}

TEST(Login, OpensAlthoughNoQueryIsAnswered) {
  Returning test;
  test.world.tap.accept = [](const wire::Node& stanza) {
    return stanza.tag != "iq" || stanza.text("xmlns") == "w:p";
  };
  EXPECT_TRUE(test.opens(2 * kLoginStepTimeout + seconds(1)));
  test.world.run_for(minutes(5));
  EXPECT_EQ(test.client.count<Closed>(), 0u);
}

TEST(Login, OpensWhateverSuccessSays) {
  for (const wire::Node& success :
       {R"(<success/>)"_node, R"(<success t="soon" lid="x"/>)"_node,
        R"(<success t="99999999999999999999" lid=jid:"15550001111@s.whatsapp.net"/>)"_node,
        R"(<success t="18446744073709551615" lid=jid:"@lid"/>)"_node}) {
    Returning test;
    const auto lid = test.client.client.credentials().account->lid;
    test.refuse_login(success);
    EXPECT_TRUE(test.opens());
    EXPECT_EQ(test.client.client.credentials().account->lid, lid);
  }
}

TEST(Login, ASecondSuccessHasNoEffect) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.run_for(seconds(5));
  const std::size_t stanzas = test.world.tap.received_stanzas.size();
  test.world.inject(test.client, R"(<success t="1750000000"/>)"_node);
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.world.tap.received_stanzas.size(), stanzas);
  EXPECT_EQ(test.client.count<Opened>(), 1u);
}

// ---- Failure

TEST(Login, A401EndsTheDevice) {
  Returning test;
  test.world.admin(server::UnlinkDevice{"alice", 1});
  const Bytes noise_key = to_bytes(test.client.client.credentials().noise_key.public_key);
  test.client.command(Connect{});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Closed>() == 1; }));
  EXPECT_EQ(test.client.all<Closed>().front().status, 401);
  EXPECT_FALSE(test.client.all<Closed>().front().will_reconnect);
  EXPECT_FALSE(test.client.client.credentials().account);
  EXPECT_FALSE(equal(test.client.client.credentials().noise_key.public_key, noise_key));
  test.world.run_for(minutes(30));
  EXPECT_EQ(test.client.opened_carriers.size(), 1u);
}

TEST(Login, StopsAfterABanAndKeepsItsCredentials) {
  Returning test;
  test.refuse_login(R"(<failure reason="402" code="101" expire="600"/>)"_node);
  test.client.command(Connect{});
  test.world.run_for(minutes(30));
  EXPECT_EQ(test.client.opened_carriers.size(), 1u);
  EXPECT_TRUE(test.client.client.credentials().account);
}

TEST(Login, A503IsRetriedAfterIncreasingDelaysAndASuccessStartsOver) {
  Returning test;
  test.refuse_login(R"(<failure reason="503"/>)"_node);
  test.client.command(Connect{});
  ASSERT_TRUE(
      test.world.run_until([&] { return test.client.opened_carriers.size() == 6; }, minutes(10)));
  const auto& opened = test.client.opened_carriers;
  for (std::size_t i = 2; i < opened.size(); ++i) {
    EXPECT_GT(opened[i] - opened[i - 1], opened[i - 1] - opened[i - 2]) << i;
  }
  EXPECT_TRUE(test.client.client.credentials().account);

  test.world.tap.edit = nullptr;
  ASSERT_TRUE(test.world.run_until([&] { return test.client.client.is_open(); }));
  test.client.opened_carriers.clear();
  test.world.cut(test.client);
  const Instant lost = test.world.steady_;
  ASSERT_TRUE(test.world.run_until([&] { return test.client.opened_carriers.size() == 1; }));
  EXPECT_LT(test.client.opened_carriers.front() - lost, seconds(2));
}

// ---- The end of a stream

TEST(Login, ARemovedDeviceLogsOut) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.admin(server::UnlinkDevice{"alice", 1});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Closed>() == 1; }));
  EXPECT_FALSE(test.client.all<Closed>().front().will_reconnect);
  EXPECT_FALSE(test.client.client.credentials().account);
}

TEST(Login, AReplacedConnectionIsNotMadeAgain) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.inject(test.client,
                    R"(<"stream:error"><conflict type="replaced"/></"stream:error">)"_node);
  test.world.run_for(minutes(30));
  EXPECT_EQ(test.client.opened_carriers.size(), 1u);
  EXPECT_TRUE(test.client.client.credentials().account);
}

TEST(Login, AStreamErrorIsFollowedByANewConnectionEvenIfTheServerDoesNotClose) {
  for (const wire::Node& end : {R"(<"stream:error" code="503"/>)"_node,
                                R"(<"stream:error" code="abc"><x/></"stream:error">)"_node,
                                R"(<"stream:error"/>)"_node, R"(<xmlstreamend/>)"_node}) {
    Returning test;
    ASSERT_TRUE(test.opens());
    test.world.inject(test.client, end);
    ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Opened>() == 2; }));
    EXPECT_TRUE(test.client.client.credentials().account);
  }
}

TEST(Login, AServerThatThrowsItsClientsOutIsAskedLessAndLess) {
  Returning test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    if (std::ranges::any_of(stanzas,
                            [](const wire::Node& stanza) { return stanza.tag == "success"; })) {
      stanzas.push_back(R"(<"stream:error" code="500"/>)"_node);
    }
  };
  test.client.command(Connect{});
  ASSERT_TRUE(
      test.world.run_until([&] { return test.client.opened_carriers.size() == 5; }, minutes(10)));
  const auto& opened = test.client.opened_carriers;
  EXPECT_GT(opened[4] - opened[3], seconds(6));
}

// ---- Information and pings

TEST(Login, RoutingInformationLeadsTheNextConnection) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.inject(
      test.client,
      R"(<ib from=jid:"@s.whatsapp.net"><edge_routing><routing_info>hex:0a0b0c</routing_info></edge_routing></ib>)"_node);
  test.world.run_for(seconds(1));
  test.client.command(Disconnect{});
  ASSERT_TRUE(test.opens());
  const Bytes first = test.recording.first_bytes_sent(test.recording.last_connection());
  const Bytes expected = {0x45, 0x44, 0x00, 0x01, 0x00, 0x00, 0x03, 0x0a, 0x0b, 0x0c, 0x57, 0x41};
  ASSERT_GE(first.size(), expected.size());
  EXPECT_TRUE(equal(ByteView(first).first(expected.size()), expected));
}

TEST(Login, RoutingInformationIsLimited) {
  Returning test;
  ASSERT_TRUE(test.opens());
  const auto routing = [](std::size_t size) {
    wire::Node info = R"(<ib><edge_routing><routing_info/></edge_routing></ib>)"_node;
    auto& edge = std::get<std::vector<wire::Node>>(info.content).front();
    std::get<std::vector<wire::Node>>(edge.content).front().content = wire::Blob(Bytes(size, 1));
    return info;
  };
  test.world.inject(test.client, routing(kMaxRoutingInfo + 1));
  test.world.run_for(seconds(1));
  EXPECT_FALSE(test.client.client.credentials().routing_info);
  test.world.inject(test.client, routing(kMaxRoutingInfo));
  test.world.run_for(seconds(1));
  ASSERT_TRUE(test.client.client.credentials().routing_info);
  EXPECT_EQ(test.client.client.credentials().routing_info->size(), kMaxRoutingInfo);
}

TEST(Login, EveryChildOfAnInfoCounts) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.inject(test.client, R"(<ib><unknown/><dirty type="groups" timestamp="1750000001"/>
      <dirty type="account_sync"/></ib>)"_node);
  test.world.run_for(seconds(1));
  const auto cleaned = [&](std::string_view type, std::optional<std::string_view> timestamp) {
    return test.world.tap.count([&](const wire::Node& stanza) {
      const wire::Node* clean = stanza.child("clean");
      return stanza.text("xmlns") == "urn:xmpp:whatsapp:dirty" && stanza.text("type") == "set" &&
             clean != nullptr && clean->text("type") == type &&
             clean->text("timestamp") == timestamp;
    });
  };
  EXPECT_EQ(cleaned("groups", "1750000001"), 1u);
  EXPECT_EQ(cleaned("account_sync", std::nullopt), 1u);
  EXPECT_EQ(test.client.count<Closed>(), 0u);
}

TEST(Login, AServersPingIsAnswered) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.inject(
      test.client,
      R"(<iq id="ping-1" from=jid:"@s.whatsapp.net" type="get" xmlns="urn:xmpp:ping"/>)"_node);
  test.world.inject(test.client, R"(<iq from=jid:"@s.whatsapp.net" type="get"><ping/></iq>)"_node);
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "iq" && stanza.text("type") == "result" && stanza.text("id") == "ping-1";
  }),
            1u);
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "iq" && stanza.text("type") == "result" && !stanza.has("id");
  }),
            1u);
}

TEST(Login, AnAnswerIsAnIqOfTypeResultOrError) {
  Returning test;
  std::string id;
  test.world.tap.accept = [&](const wire::Node& stanza) {
    if (stanza.child("active") == nullptr) return true;
    id = *stanza.text("id");
    return false;
  };
  test.client.command(Connect{});
  ASSERT_TRUE(test.world.run_until([&] { return !id.empty(); }));
  for (const wire::Node& impostor :
       {R"(<ack class="message"/>)"_node, R"(<message type="result"/>)"_node,
        R"(<iq type="set"/>)"_node, R"(<iq/>)"_node}) {
    wire::Node stanza = impostor;
    stanza.set("id", wire::Text(id));
    test.world.inject(test.client, stanza);
  }
  test.world.run_for(seconds(1));
  EXPECT_FALSE(test.client.client.is_open());
  wire::Node answer = R"(<iq type="error"/>)"_node;
  answer.set("id", wire::Text(id));
  test.world.inject(test.client, answer);
  test.world.run_for(seconds(1));
  EXPECT_TRUE(test.client.client.is_open());
}

TEST(Login, SurvivesWhatItDoesNotKnow) {
  Returning test;
  ASSERT_TRUE(test.opens());
  for (const wire::Node& stanza :
       {R"(<unheard-of id="1" from=jid:"@s.whatsapp.net"><x/></unheard-of>)"_node, R"(<iq/>)"_node,
        R"(<ack/>)"_node, R"(<message/>)"_node, R"(<receipt/>)"_node, R"(<notification/>)"_node,
        R"(<ib/>)"_node, R"(<call/>)"_node,
        R"(<presence from=jid:"15550001112@s.whatsapp.net"/>)"_node}) {
    test.world.inject(test.client, stanza);
  }
  const Bytes garbage = {0x00, 0xff, 0xff};
  for (const ByteView plaintext : {ByteView{}, ByteView(garbage)}) {
    const auto connection = test.world.tap.received_stanzas.back().connection;
    test.world.apply(test.world.server.inject_plaintext(connection, plaintext, test.world.now()));
  }
  test.world.run_for(minutes(1));
  EXPECT_EQ(test.client.count<Closed>(), 0u);
  EXPECT_TRUE(test.client.client.is_open());
}

// ---- Prekeys

TEST(Login, ALowCountBringsOneUpload) {
  Returning test;
  ASSERT_TRUE(test.opens());
  test.world.run_for(seconds(1));
  const auto notification = [](const char* id, const char* value) {
    wire::Node node =
        R"(<notification from=jid:"@s.whatsapp.net" type="encrypt"><count/></notification>)"_node;
    node.set("id", id);
    std::get<std::vector<wire::Node>>(node.content).front().set("value", value);
    return node;
  };
  const auto uploads = [&] {
    return test.world.tap.count([](const wire::Node& stanza) {
      const wire::Node* list = stanza.child("list");
      return stanza.text("xmlns") == "encrypt" && list != nullptr &&
             list->children().size() == kPrekeyBatch;
    });
  };
  test.world.inject(test.client, notification("n1", "5"));
  test.world.run_for(seconds(1));
  EXPECT_EQ(uploads(), 0u);
  test.world.inject(test.client, notification("n2", "4"));
  test.world.inject(test.client, notification("n3", "4"));
  test.world.run_for(seconds(1));
  EXPECT_EQ(uploads(), 1u);
}

TEST(Login, NothingOnRecordBringsAnUpload) {
  Returning test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.child("digest") == nullptr) continue;
      stanza.set("type", "error");
      stanza.content = std::vector<wire::Node>{R"(<error code="404" text="item-not-found"/>)"_node};
    }
  };
  ASSERT_TRUE(test.opens());
  test.world.run_for(seconds(1));
  EXPECT_EQ(test.world.tap.count(
                [](const wire::Node& stanza) { return stanza.child("skey") != nullptr; }),
            1u);
}

}  // namespace
}  // namespace doublecheck::client
