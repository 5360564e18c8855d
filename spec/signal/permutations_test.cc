#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/signal/sender_key.h"
#include "spec/signal/test_device.h"

// A network may deliver in any order. In every one that there is, each message can be read exactly
// once, and what the receiver remembers in the end does not depend on the order.
namespace doublecheck::signal {
namespace {

using testing::bytes_of_hex;
using testing::Device;
using testing::Json;
using testing::Pair;
using testing::ScriptedRandom;

// One message, as a receiver of any kind sees it.
struct Sent {
  Encrypted encrypted;
  std::string text;
};

// Who receives, whatever the kind of its keys.
class Receiver {
 public:
  virtual ~Receiver() = default;

  // The text of a message; nothing if it was a duplicate. Anything else is described.
  virtual std::optional<std::string> read(const Encrypted& encrypted) = 0;
  // Everything that it remembers and a message could change.
  virtual std::string state() const = 0;

 protected:
  template <typename T, typename Text>
  static std::optional<std::string> outcome(const DecryptResult<T>& decrypted, Text text) {
    if (decrypted) return text(*decrypted);
    if (decrypted.error().failure == DecryptFailure::kDuplicate) return std::nullopt;
    return "refused: " + decrypted.error().error.to_string();
  }
};

class SessionReceiver final : public Receiver {
 public:
  explicit SessionReceiver(Device device) : device_(std::move(device)) {}

  std::optional<std::string> read(const Encrypted& encrypted) override {
    return outcome(device_.decrypt(encrypted),
                   [](const Decrypted& decrypted) { return to_text(decrypted.plaintext); });
  }
  std::string state() const override {
    std::string state = to_hex(device_.record.serialize());
    for (const auto& [id, prekey] : device_.one_time_prekeys) state += " " + std::to_string(id);
    return state;
  }

 private:
  Device device_;
};

class GroupReceiver final : public Receiver {
 public:
  explicit GroupReceiver(const SenderKeyDistributionMessage& distribution) {
    record_.process(distribution);
  }

  std::optional<std::string> read(const Encrypted& encrypted) override {
    return outcome(record_.decrypt(encrypted.bytes, {}),
                   [](const Bytes& plaintext) { return to_text(plaintext); });
  }
  std::string state() const override { return to_hex(record_.serialize()); }

 private:
  SenderKeyRecord record_;
};

// Gives a new receiver that has not got any of the messages; always the same one.
using MakeReceiver = std::function<std::unique_ptr<Receiver>()>;

std::string state_after_all(Receiver& receiver, const std::vector<Sent>& messages) {
  for (const Sent& message : messages) EXPECT_EQ(receiver.read(message.encrypted), message.text);
  return receiver.state();
}

// Each is read, and refused when it is repeated, at once and in the end.
void expect_in_order(Receiver& receiver, const std::vector<Sent>& messages,
                     std::span<const std::size_t> order) {
  const auto expect_duplicate = [&](const Sent& message) {
    const std::string before = receiver.state();
    ASSERT_EQ(receiver.read(message.encrypted), std::nullopt);
    ASSERT_EQ(receiver.state(), before);
  };
  for (const std::size_t index : order) {
    ASSERT_EQ(receiver.read(messages[index].encrypted), messages[index].text) << index;
    expect_duplicate(messages[index]);
  }
  for (const Sent& message : messages) expect_duplicate(message);
}

// How many orders there were.
std::size_t expect_in_every_order(const MakeReceiver& make, const std::vector<Sent>& messages) {
  const std::string in_order = state_after_all(*make(), messages);
  std::vector<std::size_t> order(messages.size());
  std::iota(order.begin(), order.end(), 0);
  std::size_t orders = 0;
  do {
    SCOPED_TRACE(::testing::PrintToString(order));
    const std::unique_ptr<Receiver> receiver = make();
    expect_in_order(*receiver, messages, order);
    EXPECT_EQ(receiver->state(), in_order);
    if (::testing::Test::HasFailure()) return orders;
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  return orders;
}

// The seed of Bob in a Pair.
constexpr std::uint64_t kBob = 3;

std::vector<Sent> encrypt(Device& sender, std::size_t count) {
  std::vector<Sent> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = "message " + std::to_string(sender.random->u32());
    messages.push_back({.encrypted = sender.encrypt(text), .text = text});
  }
  return messages;
}

// Bob of a pair, with this record. He draws the same every time.
MakeReceiver bob_with(const SessionRecord& record) {
  return [record] {
    Device bob(kBob);
    bob.record = record;
    return std::make_unique<SessionReceiver>(std::move(bob));
  };
}

TEST(EveryOrder, OfFirstMessages) {
  Device alice(1);
  const MakeReceiver bob = bob_with({});
  ASSERT_TRUE(alice.initiate(Device(kBob).bundle()));
  EXPECT_EQ(expect_in_every_order(bob, encrypt(alice, 5)), 120U);
}

TEST(EveryOrder, OfAChainThatTurnsTheRatchet) {
  Pair pair;
  EXPECT_EQ(expect_in_every_order(bob_with(pair.bob.record), encrypt(pair.alice, 5)), 120U);
}

TEST(EveryOrder, OfAChainThatIsKnown) {
  Pair pair;
  ASSERT_TRUE(pair.bob.decrypt(pair.alice.encrypt("first of the chain")));
  EXPECT_EQ(expect_in_every_order(bob_with(pair.bob.record), encrypt(pair.alice, 5)), 120U);
}

TEST(EveryOrder, OfTwoChains) {
  Pair pair;
  ASSERT_TRUE(pair.bob.decrypt(pair.alice.encrypt("first of the chain")));
  std::vector<Sent> messages = encrypt(pair.alice, 3);
  ASSERT_TRUE(pair.alice.decrypt(pair.bob.encrypt("turn")));
  const MakeReceiver bob = bob_with(pair.bob.record);
  std::ranges::move(encrypt(pair.alice, 3), std::back_inserter(messages));
  EXPECT_EQ(expect_in_every_order(bob, messages), 720U);
}

// Two sessions at once: what was sent on the one is read while the other is current.
TEST(EveryOrder, OfTwoSessions) {
  Pair pair;
  std::vector<Sent> messages = encrypt(pair.alice, 2);
  ASSERT_TRUE(pair.alice.initiate(pair.bob.bundle(false)));
  std::ranges::move(encrypt(pair.alice, 3), std::back_inserter(messages));

  // Which session is current depends on the order; nothing else does.
  std::vector<std::size_t> order(messages.size());
  std::iota(order.begin(), order.end(), 0);
  std::size_t orders = 0;
  do {
    SCOPED_TRACE(::testing::PrintToString(order));
    const std::unique_ptr<Receiver> receiver = bob_with(pair.bob.record)();
    expect_in_order(*receiver, messages, order);
    ++orders;
  } while (!HasFailure() && std::ranges::next_permutation(order).found);
  EXPECT_EQ(orders, 120U);
}

const Json& vector_case(const Json& vectors, std::string_view name) {
  for (const Json& found : vectors.at("cases")) {
    if (found.at("name") == name) return found;
  }
  throw std::runtime_error("no case " + std::string(name));
}

// Bob of the published conversation, and what Alice sends him.
class PublishedConversation : public ::testing::Test {
 protected:
  Sent message(std::size_t index) const {
    const Json& found = vector_.at("output").at("messages").at(index);
    return {.encrypted = {.type = found.at("enc_type") == "pkmsg" ? MessageType::kPrekey
                                                                  : MessageType::kSignal,
                          .bytes = bytes_of_hex(found.at("serialized"))},
            .text = to_text(bytes_of_hex(found.at("plaintext")))};
  }
  std::vector<Sent> messages(std::initializer_list<std::size_t> indexes) const {
    std::vector<Sent> chosen;
    for (const std::size_t index : indexes) chosen.push_back(message(index));
    return chosen;
  }

  // After these messages.
  MakeReceiver bob_after(std::vector<Sent> before) const {
    return [this, before = std::move(before)] {
      auto random = std::make_unique<ScriptedRandom>();
      for (const Json& key : vector_.at("input").at("generated_ratchet_keys")) {
        if (key.at("owner") == "bob") random->add(bytes_of_hex(key.at("private")));
      }
      auto bob = std::make_unique<SessionReceiver>(
          Device(vector_.at("input").at("bob"), std::move(random)));
      for (const Sent& one : before) EXPECT_EQ(bob->read(one.encrypted), one.text);
      return bob;
    };
  }

 private:
  Json vectors_ = test_vectors::load("x3dh-ratchet");
  const Json& vector_ = vector_case(vectors_, "with-one-time-prekey");
};

TEST_F(PublishedConversation, ItsFirstChainInEveryOrder) {
  EXPECT_EQ(expect_in_every_order(bob_after({}), messages({0, 1, 2, 3})), 24U);
}

TEST_F(PublishedConversation, ItsFirstTwoChainsInEveryOrder) {
  EXPECT_EQ(expect_in_every_order(bob_after(messages({0})), messages({1, 2, 3, 7, 8, 9})), 720U);
}

TEST(EveryOrder, OfGroupMessages) {
  SeededRandom random(1);
  OwnSenderKey key = OwnSenderKey::generate(random);
  const SenderKeyDistributionMessage distribution = key.distribution();
  std::vector<Sent> messages;
  for (int i = 0; i < 5; ++i) {
    const std::string text = "message " + std::to_string(i);
    messages.push_back(
        {.encrypted = {.type = MessageType::kSignal,
                       .bytes = key.encrypt(as_bytes(text), {.now = {}, .random = random}).value()},
         .text = text});
  }
  const MakeReceiver make = [&] { return std::make_unique<GroupReceiver>(distribution); };
  EXPECT_EQ(expect_in_every_order(make, messages), 120U);
}

TEST(EveryOrder, OfPublishedGroupMessages) {
  const Json vectors = test_vectors::load("sender-key");
  for (const char* name : {"chain-from-baileys", "consecutive-iterations"}) {
    SCOPED_TRACE(name);
    const Json& vector = vector_case(vectors, name);
    const Json& encoded = vector.at("input").contains("distribution_message")
                              ? vector.at("input").at("distribution_message")
                              : vector.at("output").at("distribution_message");
    const SenderKeyDistributionMessage distribution =
        decode_sender_key_distribution_message(bytes_of_hex(encoded), {}).value();
    std::vector<Sent> messages;
    for (std::size_t i = 0; i < 5; ++i) {
      const Json& message = vector.at("output").at("messages").at(i);
      messages.push_back({.encrypted = {.type = MessageType::kSignal,
                                        .bytes = bytes_of_hex(message.at("serialized"))},
                          .text = to_text(bytes_of_hex(message.at("plaintext")))});
    }
    const MakeReceiver make = [&] { return std::make_unique<GroupReceiver>(distribution); };
    EXPECT_EQ(expect_in_every_order(make, messages), 120U);
  }
}

}  // namespace
}  // namespace doublecheck::signal
