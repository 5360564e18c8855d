#include <gtest/gtest.h>

#include "reference/client/test_world.h"
#include "spec/pairing/device_identity.h"
#include "spec/pairing/qr.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::client {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::TestClient;
using testing::World;
using namespace wire::literals;

// A client that shows a QR code, on a server whose references outlast the client's patience.
struct Unpaired {
  explicit Unpaired(const std::string& name = "alice")
      : world(1, {.first_reference_ttl = minutes(10)}), client(world.add(name)) {
    client.command(Connect{});
    EXPECT_TRUE(world.run_until([&] { return client.count<QrShown>() == 1; }));
  }

  server::AdminReply scan(server::PairFault fault = server::PairFault::kNone) {
    return world.admin(
        server::ScanQr{.text = client.all<QrShown>().back().text, .account = {}, .fault = fault});
  }

  World world;
  TestClient& client;
};

TEST(Pairing, LeadsThroughTheRestartToALogin) {
  Unpaired test;
  ASSERT_TRUE(test.scan());
  ASSERT_TRUE(test.world.run_until([&] { return test.client.client.is_open(); }));

  ASSERT_EQ(test.client.count<Paired>(), 1u);
  EXPECT_TRUE(test.client.all<Paired>().front().lid.has_value());
  ASSERT_EQ(test.client.count<Opened>(), 1u);
  EXPECT_EQ(test.client.all<Opened>().front().jid, test.client.jid());
  const auto closed = test.client.all<Closed>();
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed.front().status, 515);
  EXPECT_TRUE(closed.front().will_reconnect);
  // The restart is not waited for.
  EXPECT_LT(test.world.now().steady.since_start, seconds(1));
}

TEST(Pairing, TheCodeShowsTheKeysOfTheConnection) {
  Unpaired test;
  const auto shown = pairing::parse_qr(test.client.all<QrShown>().front().text);
  ASSERT_TRUE(shown);
  const Credentials& credentials = test.client.client.credentials();
  EXPECT_EQ(shown->noise_key, credentials.noise_key.public_key);
  EXPECT_EQ(shown->identity_key, credentials.keys.local.identity_key.public_key);
  EXPECT_EQ(shown->adv_secret, credentials.adv_secret);
  EXPECT_TRUE(shown->platform_id.has_value());
}

TEST(Pairing, CodesRotateAndTheConnectionClosesAfterTheLast) {
  Unpaired test;
  test.world.run_for(seconds(59));
  EXPECT_EQ(test.client.count<QrShown>(), 1u);
  test.world.run_for(seconds(2));
  EXPECT_EQ(test.client.count<QrShown>(), 2u);
  test.world.run_for(seconds(20));
  EXPECT_EQ(test.client.count<QrShown>(), 3u);
  test.world.run_for(seconds(78));
  EXPECT_EQ(test.client.count<QrShown>(), 6u);
  EXPECT_EQ(test.client.count<Closed>(), 0u);
  test.world.run_for(seconds(2));
  EXPECT_EQ(test.client.count<QrShown>(), 6u);
  ASSERT_EQ(test.client.count<Closed>(), 1u);
  EXPECT_EQ(test.client.all<Closed>().front().status, 408);
  EXPECT_FALSE(test.client.all<Closed>().front().will_reconnect);
}

TEST(Pairing, ShowsNoMoreReferencesThanTheLimit) {
  World world(1, {.first_reference_ttl = minutes(60)});
  world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.child("pair-device") == nullptr) continue;
      std::vector<wire::Node> references(kMaxPairingReferences + 1,
                                         R"(<ref>bytes:"2@again"</ref>)"_node);
      stanza.content = std::vector<wire::Node>{
          {.tag = "pair-device", .attributes = {}, .content = std::move(references)}};
    }
  };
  TestClient& alice = world.add("alice");
  alice.command(Connect{});
  ASSERT_TRUE(world.run_until([&] { return alice.count<Closed>() == 1; }, minutes(60)));
  EXPECT_EQ(alice.count<QrShown>(), kMaxPairingReferences);
}

struct Refusal {
  server::PairFault fault;
  int status;
  std::string text;
};
class RefusedPairing : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedPairing, IsToldToTheServerAndChangesNothing) {
  Unpaired test;
  const Bytes before = serialize(test.client.client.credentials());
  ASSERT_TRUE(test.scan(GetParam().fault));
  ASSERT_TRUE(test.world.run_until([&] { return test.client.count<Closed>() == 1; }));
  test.world.run_for(minutes(1));

  EXPECT_EQ(test.client.count<Paired>(), 0u);
  EXPECT_EQ(test.client.all<Closed>().front().status, GetParam().status);
  EXPECT_FALSE(test.client.all<Closed>().front().will_reconnect);
  EXPECT_EQ(serialize(test.client.client.credentials()), before);
  EXPECT_EQ(test.world.tap.count([&](const wire::Node& stanza) {
    const wire::Node* error = stanza.child("error");
    return stanza.tag == "iq" && stanza.text("type") == "error" && stanza.has("id") &&
           error != nullptr && error->text("code") == std::to_string(GetParam().status) &&
           error->text("text") == GetParam().text;
  }),
            1u);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, RefusedPairing,
    ::testing::Values(Refusal{server::PairFault::kWrongHmac, 401, "hmac-mismatch"},
                      Refusal{server::PairFault::kWrongSignature, 401, "signature-mismatch"},
                      Refusal{server::PairFault::kOtherAccountKey, 401, "signature-mismatch"},
                      Refusal{server::PairFault::kMissingDevice, 500, "internal-error"}));

TEST(Pairing, APairSuccessWithoutIdIsIgnored) {
  Unpaired test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.child("pair-success") != nullptr) stanza.remove("id");
    }
  };
  ASSERT_TRUE(test.scan());
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.client.count<Paired>(), 0u);
  EXPECT_FALSE(test.client.client.credentials().account);
}

TEST(Pairing, ASuccessWithoutAccountIsIgnored) {
  Unpaired test;
  test.world.inject(test.client, R"(<success t="1750000000" lid=jid:"915550001111:1@lid"/>)"_node);
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.client.count<Opened>(), 0u);
  EXPECT_EQ(test.client.count<Closed>(), 0u);
}

TEST(Pairing, AnotherPairSuccessReplacesNothing) {
  World world;
  TestClient& alice = world.paired("alice");
  const Credentials& credentials = alice.client.credentials();
  const Account before = *credentials.account;

  // As good as a genuine one, from a phone of another account.
  const KeyPair other_phone = KeyPair::generate(world.random);
  const auto identity = pairing::sign_as_phone(
      {.raw_id = 1, .timestamp = testing::kStart, .key_index = 1}, other_phone,
      credentials.keys.local.identity_key.public_key, world.random);
  const Bytes container = pairing::encode_device_identity_container(
      pairing::seal_device_identity(identity, pairing::AccountType::kE2ee, credentials.adv_secret));
  wire::Node offer = R"(<iq id="forged" from=jid:"@s.whatsapp.net" type="set" xmlns="md"/>)"_node;
  offer.content = std::vector<wire::Node>{
      {.tag = "pair-success",
       .attributes = {},
       .content = std::vector<wire::Node>{
           {.tag = "device-identity", .attributes = {}, .content = wire::Blob(ByteView(container))},
           {.tag = "device",
            .attributes = {{"jid", wire::Jid::of_user("15550009999", 7)}},
            .content = {}}}}};
  world.inject(alice, offer);
  world.run_for(seconds(5));

  EXPECT_EQ(*alice.client.credentials().account, before);
  EXPECT_EQ(alice.count<Paired>(), 1u);
  EXPECT_EQ(world.tap.count([](const wire::Node& stanza) { return stanza.text("id") == "forged"; }),
            0u);
}

TEST(Pairing, ReconnectsEvenIfTheRestartIsNotAskedFor) {
  Unpaired test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& stanza) { return stanza.tag == "stream:error"; });
  };
  ASSERT_TRUE(test.scan());
  EXPECT_TRUE(test.world.run_until([&] { return test.client.client.is_open(); }));
}

// ---- By code

constexpr const char* kPhone = "15550001111";

TEST(CodePairing, LeadsToALogin) {
  Unpaired test;
  const CommandId command = test.client.command(PairCode{kPhone});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.is_done(command); }));
  ASSERT_EQ(test.client.count<PairingCodeShown>(), 1u);
  const std::string code = test.client.all<PairingCodeShown>().front().code;
  EXPECT_EQ(code.size(), 8u);
  const pairing::AdvSecret shown_secret = test.client.client.credentials().adv_secret;

  ASSERT_TRUE(test.world.admin(server::EnterCode{kPhone, code}));
  ASSERT_TRUE(test.world.run_until([&] { return test.client.client.is_open(); }));
  EXPECT_EQ(test.client.user(), wire::Jid::of_user(kPhone));
  EXPECT_NE(test.client.client.credentials().adv_secret, shown_secret);
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("class") == "notification" &&
           stanza.text("type") == "link_code_companion_reg";
  }),
            1u);
}

TEST(CodePairing, AMistypedCodeDoesNotPair) {
  Unpaired test;
  const CommandId command = test.client.command(PairCode{kPhone});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.is_done(command); }));
  const std::string code = test.client.all<PairingCodeShown>().front().code;
  const std::string mistyped = code == "11111111" ? "22222222" : "11111111";
  test.world.admin(server::EnterCode{kPhone, mistyped});
  test.world.run_for(seconds(30));
  EXPECT_FALSE(test.client.client.credentials().account);
}

TEST(CodePairing, AnErrorIsReportedAndNoCodeShown) {
  Unpaired test;
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.child("link_code_companion_reg") == nullptr) continue;
      stanza.set("type", "error");
      stanza.content = std::vector<wire::Node>{R"(<error code="400" text="bad-request"/>)"_node};
    }
  };
  const CommandId command = test.client.command(PairCode{kPhone});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.failure(command).has_value(); }));
  EXPECT_EQ(test.client.count<PairingCodeShown>(), 0u);
}

TEST(CodePairing, APrimaryHelloForAnotherReferenceIsRefused) {
  Unpaired test;
  const CommandId command = test.client.command(PairCode{kPhone});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.is_done(command); }));
  test.world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      auto* children = std::get_if<std::vector<wire::Node>>(&stanza.content);
      if (stanza.tag != "notification" || children == nullptr) continue;
      for (wire::Node& child : std::get<std::vector<wire::Node>>(children->front().content)) {
        if (child.tag == "link_code_pairing_ref") child.content = wire::Blob(as_bytes("foreign"));
      }
    }
  };
  ASSERT_TRUE(test.world.admin(
      server::EnterCode{kPhone, test.client.all<PairingCodeShown>().front().code}));
  test.world.run_for(seconds(10));
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    const wire::Node* registration = stanza.child("link_code_companion_reg");
    return registration != nullptr && registration->text("stage") == "companion_finish";
  }),
            0u);
}

TEST(CodePairing, APrimaryHelloWithoutPendingCodeOrWithShortKeysIsIgnored) {
  Unpaired test;
  const auto hello =
      R"(<notification id="n1" from=jid:"@s.whatsapp.net" type="link_code_companion_reg">
    <link_code_companion_reg stage="primary_hello">
      <link_code_pairing_wrapped_primary_ephemeral_pub>hex:0102</link_code_pairing_wrapped_primary_ephemeral_pub>
      <primary_identity_pub>hex:03</primary_identity_pub>
      <link_code_pairing_ref>bytes:"x"</link_code_pairing_ref>
    </link_code_companion_reg></notification>)"_node;
  test.world.inject(test.client, hello);
  const CommandId command = test.client.command(PairCode{kPhone});
  ASSERT_TRUE(test.world.run_until([&] { return test.client.is_done(command); }));
  test.world.inject(test.client, hello);
  test.world.run_for(seconds(5));
  EXPECT_EQ(test.client.count<Closed>(), 0u);
  EXPECT_EQ(test.world.tap.count([](const wire::Node& stanza) {
    return stanza.tag == "ack" && stanza.text("id") == "n1";
  }),
            2u);
}

TEST(CodePairing, WantsAPhoneNumberAndAPairingConnection) {
  Unpaired test;
  const std::string shortest(kMinPhoneDigits, '1');
  const std::string longest(kMaxPhoneDigits, '1');
  for (const std::string& phone :
       {shortest.substr(1), longest + "1", std::string("0555000111"), std::string("+15550001")}) {
    EXPECT_TRUE(test.client.failure(test.client.command(PairCode{phone}))) << phone;
  }
  for (const std::string& phone : {shortest, longest}) {
    const CommandId command = test.client.command(PairCode{phone});
    EXPECT_TRUE(test.world.run_until([&] { return test.client.is_done(command); })) << phone;
  }
  TestClient& idle = test.world.add("idle");
  EXPECT_TRUE(idle.failure(idle.command(PairCode{kPhone})));
}

}  // namespace
}  // namespace doublecheck::client
