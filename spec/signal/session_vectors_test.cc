#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spec/signal/key_derivation.h"
#include "spec/signal/message.h"
#include "spec/signal/test_device.h"
#include "spec/signal/x3dh.h"

// Sessions against corpus/vectors/x3dh-ratchet.json, whose values independent implementations
// confirmed.
namespace doublecheck::signal {
namespace {

using test_vectors::text;
using testing::bytes_of_hex;
using testing::Device;
using testing::Json;
using testing::key_pair;
using testing::public_key;
using testing::ScriptedRandom;
using testing::to_array;

const Json& vector_case(std::string_view name) {
  static const Json vectors = test_vectors::load("x3dh-ratchet");
  for (const Json& found : vectors.at("cases")) {
    if (found.at("name") == name) return found;
  }
  throw std::runtime_error("no case " + std::string(name));
}

MessageType type_of(const Json& name) {
  return name == "pkmsg" ? MessageType::kPrekey : MessageType::kSignal;
}

// "accept" (also spelt "ok"), "duplicate" or "reject".
std::string verdict(const DecryptResult<Decrypted>& decrypted) {
  if (decrypted) return "accept";
  return decrypted.error().failure == DecryptFailure::kDuplicate ? "duplicate" : "reject";
}

class Conversation : public ::testing::TestWithParam<const char*> {};

TEST_P(Conversation, DerivesTheSameSecretsOnBothSides) {
  const Json& vector = vector_case(GetParam());
  const Json& input = vector.at("input");
  const Json& expected = vector.at("output").at("x3dh");
  const Device bob(input.at("bob"), nullptr);
  const KeyPair alice_identity = key_pair(input.at("alice").at("identity"));
  const KeyPair base_key = key_pair(input.at("alice").at("base_key"));
  ASSERT_TRUE(bob.bundle().is_signed());

  const auto start = x3dh_as_initiator(alice_identity, base_key, bob.bundle(), {});
  ASSERT_TRUE(start);
  EXPECT_EQ(to_hex(start->root_key), text(expected.at("root_key")));
  EXPECT_EQ(to_hex(start->chain_key), text(expected.at("chain_key")));

  const auto answer = x3dh_as_responder(
      bob.local.identity_key, bob.signed_prekeys.begin()->second,
      bob.one_time_prekeys.empty() ? nullptr : &bob.one_time_prekeys.begin()->second,
      alice_identity.public_key, base_key.public_key, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->root_key, start->root_key);
  EXPECT_EQ(answer->chain_key, start->chain_key);
}

TEST_P(Conversation, WritesEveryMessageByteForByteAndReadsIt) {
  const Json& vector = vector_case(GetParam());
  const Json& input = vector.at("input");
  const Json& output = vector.at("output");

  auto alice_random = std::make_unique<ScriptedRandom>();
  auto bob_random = std::make_unique<ScriptedRandom>();
  alice_random->add(bytes_of_hex(input.at("alice").at("base_key").at("private")));
  for (const Json& key : input.at("generated_ratchet_keys")) {
    (key.at("owner") == "alice" ? *alice_random : *bob_random).add(bytes_of_hex(key.at("private")));
  }
  const ScriptedRandom& alice_draws = *alice_random;
  const ScriptedRandom& bob_draws = *bob_random;
  Device alice(input.at("alice"), std::move(alice_random));
  Device bob(input.at("bob"), std::move(bob_random));
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  EXPECT_EQ(to_hex(alice.record.current()->root_key),
            text(output.at("initiator_first_ratchet").at("root_key_out")));
  EXPECT_EQ(to_hex(alice.record.current()->sending.key),
            text(output.at("initiator_first_ratchet").at("sending_chain_key")));

  std::size_t encrypted_count = 0;
  std::size_t delivered_count = 0;
  for (const Json& step : input.at("script")) {
    if (step.at("op") == "encrypt") {
      SCOPED_TRACE("message " + std::to_string(encrypted_count));
      const Json& message = output.at("messages").at(encrypted_count++);
      Device& sender = step.at("from") == "alice" ? alice : bob;
      EXPECT_EQ(to_hex(sender.record.current()->root_key), text(message.at("root_key")));
      EXPECT_EQ(to_hex(sender.record.current()->sending.key), text(message.at("chain_key")));
      const Encrypted encrypted = sender.encrypt(step.at("plaintext_utf8").get<std::string>());
      EXPECT_EQ(to_string(encrypted.type), text(message.at("enc_type")));
      EXPECT_EQ(to_hex(encrypted.bytes), text(message.at("serialized")));
    } else {
      SCOPED_TRACE("delivery " + std::to_string(delivered_count));
      const Json& delivery = output.at("deliveries").at(delivered_count++);
      const Json& message = output.at("messages").at(step.at("message").get<std::size_t>());
      Device& receiver = message.at("to") == "alice" ? alice : bob;
      const auto decrypted =
          receiver.decrypt(type_of(message.at("enc_type")), bytes_of_hex(message.at("serialized")));
      EXPECT_EQ(verdict(decrypted), delivery.at("expected") == "ok" ? "accept" : "duplicate");
      if (decrypted) {
        EXPECT_EQ(to_hex(decrypted->plaintext), text(message.at("plaintext")));
      }
      for (const Json& ratchet : delivery.value("ratchet_steps", Json::array())) {
        if (ratchet.at("direction") != "send") continue;
        EXPECT_EQ(to_hex(receiver.record.current()->root_key), text(ratchet.at("root_key_out")));
        EXPECT_EQ(to_hex(receiver.record.current()->sending.key),
                  text(ratchet.at("chain_key_out")));
      }
    }
  }
  EXPECT_EQ(encrypted_count, output.at("messages").size());
  EXPECT_EQ(delivered_count, output.at("deliveries").size());
  EXPECT_TRUE(alice_draws.used_up());
  EXPECT_TRUE(bob_draws.used_up());
  EXPECT_TRUE(bob.one_time_prekeys.empty());
}

TEST_P(Conversation, DecodesEveryMessage) {
  for (const Json& message : vector_case(GetParam()).at("output").at("messages")) {
    SCOPED_TRACE(message.at("index").dump());
    Bytes inner = bytes_of_hex(message.at("serialized"));
    if (message.at("enc_type") == "pkmsg") {
      const auto outer = decode_prekey_signal_message(inner, {});
      ASSERT_TRUE(outer);
      const Json& fields = message.at("prekey_fields");
      EXPECT_EQ(outer->base_key, public_key(fields.at("base_key")));
      EXPECT_EQ(outer->identity_key, public_key(fields.at("identity_key")));
      EXPECT_EQ(outer->registration_id, fields.at("registration_id"));
      EXPECT_EQ(outer->signed_prekey_id, fields.at("signed_prekey_id"));
      const Json one_time = fields.value("one_time_prekey_id", Json());
      EXPECT_EQ(outer->one_time_prekey_id ? Json(*outer->one_time_prekey_id) : Json(), one_time);
      EXPECT_EQ(encode_prekey_signal_message(*outer), inner);
      inner = outer->message;
    }
    EXPECT_EQ(to_hex(inner),
              message.value("inner_signal_message", message.at("serialized").get<std::string>()));
    const auto decoded = decode_signal_message(inner, {});
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->ratchet_key, public_key(message.at("ratchet_public")));
    EXPECT_EQ(decoded->counter, message.at("counter"));
    EXPECT_EQ(decoded->previous_counter, message.at("previous_counter"));
    EXPECT_EQ(to_hex(decoded->ciphertext), text(message.at("ciphertext")));
    EXPECT_EQ(to_hex(ByteView(inner).last(kMacSize)), text(message.at("mac")));

    const MessageKeys keys =
        derive_message_keys(to_array<32>(bytes_of_hex(message.at("message_key_seed"))));
    EXPECT_EQ(to_hex(keys.cipher_key), text(message.at("cipher_key")));
    EXPECT_EQ(to_hex(keys.mac_key), text(message.at("mac_key")));
    EXPECT_EQ(to_hex(keys.iv), text(message.at("iv")));
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, Conversation,
                         ::testing::Values("with-one-time-prekey", "without-one-time-prekey"),
                         [](const auto& instance) {
                           return std::string(instance.param).starts_with("with-")
                                      ? "WithOneTimePrekey"
                                      : "WithoutOneTimePrekey";
                         });

TEST(SessionVectors, AcceptanceTable) {
  const Json& vector = vector_case("acceptance-table");
  std::set<std::string> own_choice;
  for (const Json& row : vector.at("output").at("rows")) {
    const std::string name = row.at("name");
    SCOPED_TRACE(name);
    Device bob(vector.at("input").at("bob"), std::make_unique<SeededRandom>(1));
    const Json& messages = row.at("input").at("messages");
    const Json& expected = row.at("output").at("expected");
    ASSERT_EQ(messages.size(), expected.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Bytes before = bob.record.serialize();
      const auto decrypted =
          bob.decrypt(type_of(messages[i].at("type")), bytes_of_hex(messages[i].at("bytes")));
      if (!decrypted) {
        EXPECT_EQ(bob.record.serialize(), before);
      }
      if (expected[i] == "implementation-defined") {
        if (decrypted) own_choice.insert(name);
      } else {
        EXPECT_EQ(verdict(decrypted), text(expected[i])) << i;
      }
    }
  }
  // Of what may be accepted or not, this is accepted.
  EXPECT_EQ(own_choice, (std::set<std::string>{"first message has counter 2000"}));
}

TEST(SessionVectors, ArchivedSessionInterleaving) {
  const Json& vector = vector_case("archived-session-interleaving");
  Device bob(vector.at("input").at("bob"), std::make_unique<SeededRandom>(1));
  const Json& messages = vector.at("input").at("messages");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto decrypted =
        bob.decrypt(type_of(messages[i].at("type")), bytes_of_hex(messages[i].at("bytes")));
    EXPECT_EQ(verdict(decrypted), text(vector.at("output").at("expected").at(i))) << i;
  }
  EXPECT_EQ(bob.record.sessions().size(), 2U);
}

TEST(SessionVectors, SimultaneousInitiation) {
  const Json& vector = vector_case("simultaneous-initiation");
  const Json& input = vector.at("input");
  const Json& rounds = vector.at("output").at("rounds");

  // Whoever computed the vector draws a key for every session that it tries; here only the one that
  // works draws. What each device draws is therefore picked by what it sends next.
  std::set<Bytes> sent_ratchet_keys;
  for (const Json& round : rounds) {
    for (const char* direction : {"alice_to_bob", "bob_to_alice"}) {
      Bytes inner = bytes_of_hex(round.at(direction).at("bytes"));
      if (round.at(direction).at("type") == "pkmsg") {
        inner = decode_prekey_signal_message(inner, {}).value().message;
      }
      sent_ratchet_keys.insert(to_bytes(decode_signal_message(inner, {}).value().ratchet_key));
    }
  }
  auto make_random = [&](const std::string& owner) {
    auto random = std::make_unique<ScriptedRandom>();
    random->add(bytes_of_hex(input.at(owner).at("base_key").at("private")));
    random->add(bytes_of_hex(input.at(owner).at("first_ratchet_key").at("private")));
    Bytes last;
    for (const Json& key : input.at("generated_ratchet_keys_in_order")) {
      if (key.at("owner") != owner) continue;
      last = bytes_of_hex(key.at("private"));
      if (sent_ratchet_keys.contains(to_bytes(public_key(key.at("public"))))) {
        random->add(last);
      }
    }
    random->add(last);  // drawn in the last round and not used any more
    return random;
  };
  // The bundles of the vector are not signed.
  Device alice(input.at("alice"), make_random("alice"));
  Device bob(input.at("bob"), make_random("bob"));
  testing::Force unsigned_bundles(Rule::SESSION_04, true);
  alice.guard = bob.guard = Guard(unsigned_bundles);
  alice.local.registration_id = 1;
  bob.local.registration_id = 2;
  ASSERT_TRUE(alice.initiate(bob.bundle()));
  ASSERT_TRUE(bob.initiate(alice.bundle()));

  for (const Json& round : rounds) {
    const Json& to_bob = round.at("alice_to_bob");
    const Json& to_alice = round.at("bob_to_alice");
    const Encrypted from_alice =
        signal::encrypt(alice.record, bytes_of_hex(to_bob.at("plaintext"))).value();
    const Encrypted from_bob =
        signal::encrypt(bob.record, bytes_of_hex(to_alice.at("plaintext"))).value();
    const auto at_bob = bob.decrypt(from_alice);
    const auto at_alice = alice.decrypt(from_bob);
    ASSERT_TRUE(at_bob) << at_bob.error().error.to_string();
    ASSERT_TRUE(at_alice) << at_alice.error().error.to_string();
    EXPECT_EQ(to_hex(at_bob->plaintext), text(to_bob.at("plaintext")));
    EXPECT_EQ(to_hex(at_alice->plaintext), text(to_alice.at("plaintext")));
    EXPECT_EQ(to_string(from_alice.type), text(to_bob.at("type")));
    EXPECT_EQ(to_string(from_bob.type), text(to_alice.at("type")));
    EXPECT_EQ(to_hex(from_alice.bytes), text(to_bob.at("bytes")));
    EXPECT_EQ(to_hex(from_bob.bytes), text(to_alice.at("bytes")));
  }
}

}  // namespace
}  // namespace doublecheck::signal
