#include "spec/signal/sender_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "spec/signal/message.h"
#include "spec/signal/public_key.h"
#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

using test_vectors::text;
using testing::bytes_of_hex;
using testing::failure_of;
using testing::Force;
using testing::Json;
using testing::key_pair;
using testing::public_key;
using testing::to_array;

const Json& vector_case(std::string_view name) {
  static const Json vectors = test_vectors::load("sender-key");
  for (const Json& found : vectors.at("cases")) {
    if (found.at("name") == name) return found;
  }
  throw std::runtime_error("no case " + std::string(name));
}

SenderKeyDistributionMessage distribution_of(const Json& encoded) {
  return decode_sender_key_distribution_message(bytes_of_hex(encoded), {}).value();
}

OwnSenderKey sender_of(const Json& input) {
  OwnSenderKey sender;
  sender.key_id = input.at("key_id");
  sender.signing_key = key_pair(input.at("signing_key"));
  sender.chain.key = to_array<32>(bytes_of_hex(input.at("initial_chain_key")));
  return sender;
}

TEST(SenderKeyVectors, ReadsAChainWithGapsAndItsDistributions) {
  const Json& vector = vector_case("chain-from-baileys");
  const Json& output = vector.at("output");
  OwnSenderKey sender = sender_of(vector.at("input"));
  EXPECT_EQ(to_hex(encode_sender_key_distribution_message(sender.distribution())),
            text(output.at("distribution_message")));
  const Json& fields = output.at("distribution_fields");
  const SenderKeyDistributionMessage distribution =
      distribution_of(output.at("distribution_message"));
  EXPECT_EQ(distribution.key_id, fields.at("id"));
  EXPECT_EQ(distribution.iteration, fields.at("iteration"));
  EXPECT_EQ(to_hex(distribution.chain_key), text(fields.at("chain_key")));
  EXPECT_EQ(distribution.signing_key, public_key(fields.at("signing_key")));

  SenderKeyRecord receiver;
  receiver.process(distribution);
  for (const Json& message : output.at("messages")) {
    SCOPED_TRACE(message.at("index").dump());
    const auto plaintext = receiver.decrypt(bytes_of_hex(message.at("serialized")), {});
    ASSERT_TRUE(plaintext) << plaintext.error().error.to_string();
    EXPECT_EQ(to_hex(*plaintext), text(message.at("plaintext")));
    const GroupMessageKeys keys =
        derive_group_message_keys(to_array<32>(bytes_of_hex(message.at("seed"))));
    EXPECT_EQ(to_hex(keys.iv), text(message.at("iv")));
    EXPECT_EQ(to_hex(keys.cipher_key), text(message.at("cipher_key")));
    EXPECT_EQ(to_hex(message_seed(to_array<32>(bytes_of_hex(message.at("chain_key"))))),
              text(message.at("seed")));
  }
  while (sender.chain.next < output.at("distribution_after_10_iteration")) sender.chain.take();
  EXPECT_EQ(to_hex(encode_sender_key_distribution_message(sender.distribution())),
            text(output.at("distribution_message_after_10")));
}

TEST(SenderKeyVectors, WritesConsecutiveMessages) {
  const Json& vector = vector_case("consecutive-iterations");
  OwnSenderKey sender = sender_of(vector.at("input"));
  SenderKeyRecord receiver;
  receiver.process(distribution_of(vector.at("input").at("distribution_message")));
  for (const Json& message : vector.at("output").at("messages")) {
    SCOPED_TRACE(message.at("iteration").dump());
    EXPECT_EQ(to_hex(sender.chain.key), text(message.at("chain_key")));
    testing::ScriptedRandom nonce;
    nonce.add(Bytes(64, 0x22));
    const auto encrypted =
        sender.encrypt(bytes_of_hex(message.at("plaintext")), {.now = {}, .random = nonce});
    ASSERT_TRUE(encrypted);
    EXPECT_EQ(to_hex(*encrypted), text(message.at("serialized")));
    const auto plaintext = receiver.decrypt(bytes_of_hex(message.at("serialized")), {});
    ASSERT_TRUE(plaintext);
    EXPECT_EQ(to_hex(*plaintext), text(message.at("plaintext")));
  }
}

TEST(SenderKeyVectors, AcceptanceTable) {
  std::set<std::string> own_choice;
  for (const Json& row : vector_case("acceptance-table").at("output").at("rows")) {
    const std::string name = row.at("name");
    SCOPED_TRACE(name);
    SenderKeyRecord receiver;
    const Json& steps = row.at("input").at("steps");
    const Json& expected = row.at("output").at("expected");
    ASSERT_EQ(steps.size(), expected.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const Bytes bytes = bytes_of_hex(steps[i].at("bytes"));
      std::string verdict = "accept";
      if (steps[i].at("type") == "distribution") {
        const auto distribution = decode_sender_key_distribution_message(bytes, {});
        if (distribution) {
          receiver.process(*distribution);
        } else {
          verdict = "reject";
        }
      } else {
        const Bytes before = receiver.serialize();
        const auto failure = failure_of(receiver.decrypt(bytes, {}));
        if (failure) {
          verdict = *failure == DecryptFailure::kDuplicate ? "duplicate" : "reject";
          EXPECT_EQ(receiver.serialize(), before);
        }
      }
      if (expected[i] == "implementation-defined") {
        if (verdict == "accept") own_choice.insert(name);
      } else {
        EXPECT_EQ(verdict, text(expected[i])) << i;
      }
    }
  }
  EXPECT_TRUE(own_choice.empty());
}

class SenderKey : public ::testing::Test {
 protected:
  SenderKey() { receiver_.process(sender_.distribution()); }

  Bytes encrypt(std::string_view text) {
    return sender_.encrypt(as_bytes(text), {.now = {}, .random = random_}).value();
  }
  std::string decrypt(ByteView encoded) {
    const auto plaintext = receiver_.decrypt(encoded, {});
    return plaintext ? to_text(*plaintext) : "refused: " + plaintext.error().error.to_string();
  }

  SeededRandom random_{1};
  OwnSenderKey sender_ = OwnSenderKey::generate(random_);
  SenderKeyRecord receiver_;
};

TEST_F(SenderKey, TakesMessagesInAnyOrderOnce) {
  const Bytes first = encrypt("first");
  const Bytes second = encrypt("second");
  const Bytes third = encrypt("third");
  EXPECT_EQ(decrypt(third), "third");
  EXPECT_EQ(decrypt(first), "first");
  EXPECT_EQ(decrypt(second), "second");
  EXPECT_EQ(failure_of(receiver_.decrypt(first, {})), DecryptFailure::kDuplicate);
}

TEST_F(SenderKey, RefusesEveryBitFlipAndStaysAsItWas) {
  const Bytes message = encrypt("precious");
  const Bytes before = receiver_.serialize();
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    Bytes changed = message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_TRUE(failure_of(receiver_.decrypt(changed, {}))) << bit;
    ASSERT_EQ(receiver_.serialize(), before) << bit;
  }
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_TRUE(failure_of(receiver_.decrypt(ByteView(message).first(size), {}))) << size;
  }
  EXPECT_EQ(decrypt(message), "precious");
}

TEST_F(SenderKey, DistributionDoesNotTurnBack) {
  const SenderKeyDistributionMessage distribution = sender_.distribution();
  const Bytes first = encrypt("first");
  EXPECT_EQ(decrypt(first), "first");
  receiver_.process(distribution);
  EXPECT_EQ(failure_of(receiver_.decrypt(first, {})), DecryptFailure::kDuplicate);
  EXPECT_EQ(receiver_.states().size(), 1U);
}

TEST_F(SenderKey, DistributionForwardKeepsWhatCanStillBeRead) {
  const Bytes first = encrypt("first");
  encrypt("second");
  receiver_.process(sender_.distribution());
  EXPECT_EQ(decrypt(first), "first");
  EXPECT_EQ(decrypt(encrypt("third")), "third");
}

TEST_F(SenderKey, JumpsAsFarAsTheLimit) {
  for (std::uint32_t i = 0; i < kMaxForwardJump; ++i) sender_.chain.take();
  const Bytes at_the_limit = encrypt("at the limit");
  const Bytes past_it = encrypt("past it");
  const Bytes before = receiver_.serialize();
  EXPECT_EQ(failure_of(receiver_.decrypt(past_it, {})), DecryptFailure::kTooFarAhead);
  EXPECT_EQ(receiver_.serialize(), before);
  EXPECT_EQ(decrypt(at_the_limit), "at the limit");
  EXPECT_EQ(decrypt(past_it), "past it");
}

TEST_F(SenderKey, KeepsTheLastSkippedKeys) {
  const Bytes oldest = encrypt("oldest");
  const Bytes second = encrypt("second");
  sender_.chain.take();
  while (sender_.chain.next < kMaxSkippedKeys) sender_.chain.take();
  EXPECT_EQ(decrypt(encrypt("now")), "now");
  const SenderKeyRecord full = receiver_;
  EXPECT_EQ(decrypt(oldest), "oldest");  // at the limit

  receiver_ = full;
  sender_.chain.take();
  EXPECT_EQ(decrypt(encrypt("one skipped more")), "one skipped more");
  EXPECT_EQ(receiver_.states().front().chain.skipped.size(), kMaxSkippedKeys);
  EXPECT_EQ(failure_of(receiver_.decrypt(oldest, {})), DecryptFailure::kTooOld);
  EXPECT_EQ(decrypt(second), "second");
}

TEST_F(SenderKey, DistributionBringsBackAChainThatWasLeftBehind) {
  for (std::uint32_t i = 0; i < kMaxForwardJump; ++i) sender_.chain.take();
  receiver_.process(sender_.distribution());
  EXPECT_EQ(receiver_.states().front().chain.next, 0U);  // still in reach
  sender_.chain.take();
  const Bytes message = encrypt("far");
  EXPECT_EQ(failure_of(receiver_.decrypt(message, {})), DecryptFailure::kTooFarAhead);
  receiver_.process(sender_.distribution());
  EXPECT_EQ(failure_of(receiver_.decrypt(message, {})), DecryptFailure::kTooOld);
  EXPECT_EQ(decrypt(encrypt("next")), "next");
}

TEST_F(SenderKey, AnotherSigningKeyReplaces) {
  const Bytes old = encrypt("old");
  OwnSenderKey other = OwnSenderKey::generate(random_);
  other.key_id = sender_.key_id;
  receiver_.process(other.distribution());
  EXPECT_EQ(receiver_.states().size(), 1U);
  EXPECT_EQ(failure_of(receiver_.decrypt(old, {})), DecryptFailure::kBadSignature);
  sender_ = other;
  EXPECT_EQ(decrypt(encrypt("new")), "new");
}

TEST_F(SenderKey, KeepsTheLastKeys) {
  const Bytes oldest = encrypt("oldest");
  for (std::size_t i = 1; i < kMaxSenderKeys; ++i) {
    receiver_.process(OwnSenderKey::generate(random_).distribution());
  }
  EXPECT_EQ(decrypt(oldest), "oldest");
  receiver_.process(OwnSenderKey::generate(random_).distribution());
  EXPECT_EQ(receiver_.states().size(), kMaxSenderKeys);
  EXPECT_EQ(failure_of(receiver_.decrypt(encrypt("x"), {})), DecryptFailure::kNoSession);
}

TEST_F(SenderKey, WrongPaddingUnderARightSignatureKeepsTheIterationUsable) {
  const Bytes forged =
      encode_sender_key_message({.key_id = sender_.key_id, .iteration = 0, .ciphertext = Bytes(15)},
                                sender_.signing_key.private_key, random_);
  const Bytes before = receiver_.serialize();
  EXPECT_EQ(failure_of(receiver_.decrypt(forged, {})), DecryptFailure::kBadPadding);
  EXPECT_EQ(receiver_.serialize(), before);
  EXPECT_EQ(decrypt(encrypt("genuine")), "genuine");
}

TEST_F(SenderKey, SignatureCanBeOverruled) {
  Bytes message = encrypt("x");
  message[message.size() - 20] ^= 1;
  Force any_signature(Rule::SENDERKEY_02, true);
  EXPECT_TRUE(receiver_.decrypt(message, Guard(any_signature)));
}

TEST_F(SenderKey, IsLimitedInSize) {
  const OwnSenderKey before = sender_;
  EXPECT_FALSE(sender_.encrypt(Bytes(kMaxMessageSize + 1), {.now = {}, .random = random_}));
  EXPECT_FALSE(sender_.encrypt(Bytes(kMaxMessageSize), {.now = {}, .random = random_}));
  EXPECT_EQ(sender_.serialize(), before.serialize());
  const auto largest =
      sender_.encrypt(Bytes((kMaxMessageSize - 78) / 16 * 16 - 1), {.now = {}, .random = random_});
  ASSERT_TRUE(largest);
  EXPECT_LE(largest->size(), kMaxMessageSize);
  EXPECT_GT(largest->size() + 16, kMaxMessageSize);
  EXPECT_TRUE(receiver_.decrypt(*largest, {}));
  EXPECT_EQ(failure_of(receiver_.decrypt(Bytes(kMaxMessageSize + 1, kMessageVersion), {})),
            DecryptFailure::kMalformed);
}

TEST_F(SenderKey, EndsWithTheChain) {
  sender_.chain.next = kMaxCounter;
  EXPECT_TRUE(sender_.encrypt({}, {.now = {}, .random = random_}));
  const Bytes before = sender_.serialize();
  EXPECT_FALSE(sender_.encrypt({}, {.now = {}, .random = random_}));
  EXPECT_EQ(sender_.serialize(), before);
}

TEST_F(SenderKey, RestoresWhatItSerialized) {
  const Bytes late = encrypt("late");
  EXPECT_EQ(decrypt(encrypt("now")), "now");
  const auto sender = OwnSenderKey::restore(sender_.serialize());
  const auto receiver = SenderKeyRecord::restore(receiver_.serialize());
  ASSERT_TRUE(sender);
  ASSERT_TRUE(receiver);
  EXPECT_EQ(sender->serialize(), sender_.serialize());
  EXPECT_EQ(receiver->serialize(), receiver_.serialize());
  sender_ = *sender;
  receiver_ = *receiver;
  EXPECT_EQ(decrypt(late), "late");
  EXPECT_EQ(decrypt(encrypt("next")), "next");
}

TEST_F(SenderKey, RestoresNothingElse) {
  encrypt("skipped");
  EXPECT_EQ(decrypt(encrypt("now")), "now");
  const Bytes own = sender_.serialize();
  const Bytes record = receiver_.serialize();
  for (std::size_t size = 0; size < own.size(); ++size) {
    EXPECT_FALSE(OwnSenderKey::restore(ByteView(own).first(size))) << size;
  }
  for (std::size_t size = 2; size < record.size(); ++size) {
    EXPECT_FALSE(SenderKeyRecord::restore(ByteView(record).first(size))) << size;
  }
  EXPECT_FALSE(SenderKeyRecord::restore({}));
  EXPECT_FALSE(SenderKeyRecord::restore(own));
  EXPECT_TRUE(SenderKeyRecord::restore(SenderKeyRecord().serialize()));
  EXPECT_FALSE(OwnSenderKey::restore(concat({own, *from_hex("7807")})));
  EXPECT_FALSE(SenderKeyRecord::restore(concat({record, *from_hex("7807")})));

  Bytes too_many = SenderKeyRecord().serialize();
  for (std::size_t i = 0; i < kMaxSenderKeys; ++i) append(too_many, ByteView(record).subspan(1));
  EXPECT_TRUE(SenderKeyRecord::restore(too_many));
  append(too_many, ByteView(record).subspan(1));
  EXPECT_FALSE(SenderKeyRecord::restore(too_many));
}

TEST(SenderKeyDistribution, RefusesWhatIsNotWhole) {
  const std::string id = "0805";
  const std::string iteration = "1000";
  const std::string chain_key = "1a20" + std::string(64, 'a');
  const std::string signing_key = "2221" + to_hex(encode_public_key(PublicKey{9}));
  const auto decodes = [](const std::string& fields, const Guard& guard = {}) {
    return decode_sender_key_distribution_message(*from_hex(fields), guard).has_value();
  };
  EXPECT_TRUE(decodes("33" + id + iteration + chain_key + signing_key));
  EXPECT_TRUE(decodes("33" + id + iteration + chain_key + signing_key + "7807"));
  EXPECT_FALSE(decodes("33" + iteration + chain_key + signing_key));
  EXPECT_FALSE(decodes("33" + id + chain_key + signing_key));
  EXPECT_FALSE(decodes("33" + id + iteration + signing_key));
  EXPECT_FALSE(decodes("33" + id + iteration + chain_key));
  EXPECT_FALSE(decodes("33" + id + iteration + "1a1f" + std::string(62, 'a') + signing_key));
  EXPECT_FALSE(decodes("33" + id + iteration + "1a21" + std::string(66, 'a') + signing_key));
  EXPECT_FALSE(decodes(""));
  EXPECT_FALSE(decodes("33"));
  EXPECT_FALSE(decodes("32" + id + iteration + chain_key + signing_key));

  Force anything(Rule::SENDERKEY_06, true);
  EXPECT_TRUE(decodes("33" + signing_key, Guard(anything)));
  EXPECT_TRUE(decodes("33" + id + iteration + "1a21" + std::string(66, 'a') + signing_key,
                      Guard(anything)));
  Force any_version(Rule::SENDERKEY_03, true);
  EXPECT_TRUE(decodes("00" + id + iteration + chain_key + signing_key, Guard(any_version)));
}

}  // namespace
}  // namespace doublecheck::signal
