#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "conformance/interop/libsignal_process.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"
#include "spec/signal/message.h"
#include "spec/signal/public_key.h"
#include "spec/signal/sender_key.h"
#include "spec/signal/test_device.h"

// spec/signal against the library that the protocol comes from, in conversations that chance
// writes: each side reads what the other has written, and refuses what the other would refuse.
namespace doublecheck::interop {
namespace {

using signal::Encrypted;
using signal::MessageType;
using signal::testing::bytes_of_hex;
using signal::testing::Device;
using signal::testing::public_key;
using signal::testing::to_array;

constexpr std::string_view kGroup = "00000000-0000-4000-8000-000000000001";

// What becomes of a message at its reader.
constexpr std::string_view kDuplicate = "refused as a duplicate";
constexpr std::string_view kRefused = "refused";

std::string hex_of(const PublicKey& key) { return to_hex(signal::encode_public_key(key)); }

// Whoever takes part in a conversation.
class Party {
 public:
  virtual ~Party() = default;

  virtual signal::PrekeyBundle bundle(bool with_one_time_prekey) = 0;
  virtual void initiate(const signal::PrekeyBundle& bundle) = 0;
  virtual Encrypted encrypt(const std::string& text) = 0;
  // The text, or how the message was refused.
  virtual std::string decrypt(const Encrypted& encrypted) = 0;
  // Everything that a message could change.
  virtual std::string state() = 0;
  // Its memory is written out and read in again.
  virtual void restart() = 0;
};

class Ours final : public Party {
 public:
  explicit Ours(std::uint64_t seed) : device_(seed) {}

  signal::PrekeyBundle bundle(bool with_one_time_prekey) override {
    return device_.bundle(with_one_time_prekey);
  }
  void initiate(const signal::PrekeyBundle& bundle) override {
    EXPECT_TRUE(device_.initiate(bundle));
  }
  Encrypted encrypt(const std::string& text) override { return device_.encrypt(text); }
  std::string decrypt(const Encrypted& encrypted) override {
    const auto decrypted = device_.decrypt(encrypted);
    if (decrypted) return to_text(decrypted->plaintext);
    return std::string(decrypted.error().failure == signal::DecryptFailure::kDuplicate ? kDuplicate
                                                                                       : kRefused);
  }
  std::string state() override {
    return to_hex(device_.record.serialize()) + " " +
           std::to_string(device_.one_time_prekeys.size());
  }
  void restart() override {
    device_.record = signal::SessionRecord::restore(device_.record.serialize()).value();
  }

 private:
  Device device_;
};

std::string text_of(const Json& answer) {
  if (answer.contains("plaintext")) return to_text(bytes_of_hex(answer.at("plaintext")));
  return std::string(answer.at("error") == "DuplicatedMessage" ? kDuplicate : kRefused);
}

class Theirs final : public Party {
 public:
  Theirs() { process_.ask("identity"); }

  signal::PrekeyBundle bundle(bool with_one_time_prekey) override {
    const Json found = process_.ask("bundle", {{"with_one_time_prekey", with_one_time_prekey}});
    const Json& prekey = found.at("signed_prekey");
    signal::PrekeyBundle bundle{
        .registration_id = found.at("registration_id"),
        .identity_key = public_key(found.at("identity_key")),
        .signed_prekey = {.id = prekey.at("id"),
                          .key = public_key(prekey.at("key")),
                          .signature = to_array<64>(bytes_of_hex(prekey.at("signature")))},
        .one_time_prekey = std::nullopt};
    if (const auto one_time = found.find("one_time_prekey"); one_time != found.end())
      bundle.one_time_prekey = {.id = one_time->at("id"), .key = public_key(one_time->at("key"))};
    return bundle;
  }
  void initiate(const signal::PrekeyBundle& bundle) override {
    Json request{{"registration_id", bundle.registration_id},
                 {"identity_key", hex_of(bundle.identity_key)},
                 {"signed_prekey",
                  {{"id", bundle.signed_prekey.id},
                   {"key", hex_of(bundle.signed_prekey.key)},
                   {"signature", to_hex(bundle.signed_prekey.signature)}}}};
    if (bundle.one_time_prekey) {
      request["one_time_prekey"] = {{"id", bundle.one_time_prekey->id},
                                    {"key", hex_of(bundle.one_time_prekey->key)}};
    }
    EXPECT_EQ(process_.ask("process_bundle", std::move(request)), Json::object());
  }
  Encrypted encrypt(const std::string& text) override {
    const Json answer = process_.ask("encrypt", {{"plaintext", to_hex(as_bytes(text))}});
    return {.type = answer.at("type") == "pkmsg" ? MessageType::kPrekey : MessageType::kSignal,
            .bytes = bytes_of_hex(answer.at("bytes"))};
  }
  std::string decrypt(const Encrypted& encrypted) override {
    return text_of(process_.ask(
        "decrypt", {{"type", to_string(encrypted.type)}, {"bytes", to_hex(encrypted.bytes)}}));
  }
  std::string state() override { return process_.ask("state").dump(); }
  void restart() override {}  // how it writes itself out is its own affair

 private:
  LibsignalProcess process_;
};

Encrypted with_forged_mac(Encrypted encrypted) {
  if (encrypted.type == MessageType::kSignal) {
    encrypted.bytes.back() ^= 1;
    return encrypted;
  }
  auto outer = signal::decode_prekey_signal_message(encrypted.bytes, {}).value();
  outer.message.back() ^= 1;
  return {.type = encrypted.type, .bytes = signal::encode_prekey_signal_message(outer)};
}

// One direction of a conversation, over a network that delays and repeats.
class Direction {
 public:
  Direction(std::string name, Party& sender, Party& reader, RandomSource& chance)
      : name_(std::move(name)), sender_(sender), reader_(reader), chance_(chance) {}

  std::size_t sent() const { return sent_; }
  std::size_t read() const { return read_.size(); }
  bool has_unread() const { return !unread_.empty(); }
  bool is_full() const { return unread_.size() >= kMaxUnread; }

  void send() {
    const std::string text = name_ + " " + std::to_string(++sent_) +
                             std::string(static_cast<std::size_t>(chance_.below(40)), '.');
    unread_.push_back({.encrypted = sender_.encrypt(text), .text = text, .overtaken = 0});
  }

  // One of those under way. None is overtaken by so many that its chain may be forgotten: that
  // library keeps the last five.
  void deliver() {
    std::size_t index = 0;
    if (unread_.front().overtaken < kMaxOvertaken)
      index = static_cast<std::size_t>(chance_.below(unread_.size()));
    Message message = std::move(unread_[index]);
    unread_.erase(unread_.begin() + static_cast<std::ptrdiff_t>(index));
    for (std::size_t i = 0; i < index; ++i) ++unread_[i].overtaken;
    EXPECT_EQ(reader_.decrypt(message.encrypted), message.text);
    read_.push_back(std::move(message));
  }

  void repeat() {
    const std::size_t recent = std::min(read_.size(), kMaxRepeatedLate);
    if (recent == 0) return;
    const Message& message =
        read_[read_.size() - 1 - static_cast<std::size_t>(chance_.below(recent))];
    EXPECT_TRUE(is_refused(message.encrypted, kDuplicate)) << message.text;
  }

  void forge() {
    if (!has_unread()) return;
    const Message& message = unread_[static_cast<std::size_t>(chance_.below(unread_.size()))];
    EXPECT_TRUE(is_refused(with_forged_mac(message.encrypted), kRefused)) << message.text;
  }

 private:
  static constexpr std::size_t kMaxUnread = 6;
  static constexpr int kMaxOvertaken = 3;
  static constexpr std::size_t kMaxRepeatedLate = 2;

  struct Message {
    Encrypted encrypted;
    std::string text;
    int overtaken;  // by how many that were sent later
  };

  ::testing::AssertionResult is_refused(const Encrypted& encrypted, std::string_view how) {
    const std::string before = reader_.state();
    const std::string outcome = reader_.decrypt(encrypted);
    if (outcome != how) return ::testing::AssertionFailure() << "read, or otherwise: " << outcome;
    if (reader_.state() != before) return ::testing::AssertionFailure() << "changed the reader";
    return ::testing::AssertionSuccess();
  }

  std::string name_;
  Party& sender_;
  Party& reader_;
  RandomSource& chance_;
  std::size_t sent_ = 0;
  std::deque<Message> unread_;
  std::vector<Message> read_;
};

enum class Start { kOurs, kTheirs, kBoth };

class LibsignalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!LibsignalProcess::is_prepared())
      GTEST_SKIP() << "libsignal is not installed: run ci/adapters";
  }

  // What chance decides from here on can be repeated by this number.
  static SeededRandom chance_of(std::uint64_t seed) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    return SeededRandom(seed);
  }
};

class Conversation : public LibsignalTest,
                     public ::testing::WithParamInterface<std::tuple<Start, bool>> {
 protected:
  static constexpr std::size_t kMessages = 80;

  Start start() const { return std::get<Start>(GetParam()); }
  bool with_one_time_prekey() const { return std::get<bool>(GetParam()); }
  std::uint64_t seed() const {
    return 1 + 2 * static_cast<std::uint64_t>(start()) + (with_one_time_prekey() ? 1 : 0);
  }
};

// What may happen in one step, `there` being the direction that it happens in.
void step(Direction& there, const Direction& back, bool started, RandomSource& chance) {
  const std::uint64_t drawn = chance.below(10);
  if (drawn < 4) {
    if ((started || back.read() > 0) && !there.is_full()) there.send();
  } else if (drawn < 8) {
    if (there.has_unread()) there.deliver();
  } else if (drawn == 8) {
    there.repeat();
  } else {
    there.forge();
  }
}

TEST_P(Conversation, ComesThrough) {
  SeededRandom chance = chance_of(seed());
  Ours ours(seed());
  Theirs theirs;
  Direction to_them("ours", ours, theirs, chance);
  Direction to_us("theirs", theirs, ours, chance);
  const bool we_start = start() != Start::kTheirs;
  const bool they_start = start() != Start::kOurs;
  // Both bundles are handed out before either side has heard of the other.
  const signal::PrekeyBundle our_bundle = ours.bundle(with_one_time_prekey());
  if (we_start) ours.initiate(theirs.bundle(with_one_time_prekey()));
  if (they_start) theirs.initiate(our_bundle);

  while (to_them.sent() + to_us.sent() < kMessages && !HasFailure()) {
    if (chance.below(2) == 0) {
      step(to_them, to_us, we_start, chance);
    } else {
      step(to_us, to_them, they_start, chance);
    }
    if (chance.below(8) == 0) ours.restart();
  }
  for (Direction* direction : {&to_them, &to_us}) {
    while (direction->has_unread() && !HasFailure()) direction->deliver();
    EXPECT_EQ(direction->read(), direction->sent());
    EXPECT_GT(direction->read(), kMessages / 4);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Conversation,
                         ::testing::Combine(::testing::Values(Start::kOurs, Start::kTheirs,
                                                              Start::kBoth),
                                            ::testing::Bool()),
                         [](const auto& tested) {
                           const Start start = std::get<Start>(tested.param);
                           const std::string who = start == Start::kOurs     ? "OursStarts"
                                                   : start == Start::kTheirs ? "TheirsStarts"
                                                                             : "BothStart";
                           return who + (std::get<bool>(tested.param) ? "WithOneTimePrekey"
                                                                      : "WithoutOneTimePrekey");
                         });

// In an order that chance chooses.
template <typename T>
std::vector<T> shuffled(std::vector<T> values, RandomSource& chance) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[static_cast<std::size_t>(chance.below(i))]);
  return values;
}

constexpr int kGroupMessages = 40;

struct GroupMessage {
  Bytes bytes;
  std::string text;
};

using ReadGroupMessage = std::function<std::string(const Bytes&)>;

// Each is read once, whatever the order; nothing else is read, and then nothing changes.
void expect_group_messages(const std::vector<GroupMessage>& messages, RandomSource& chance,
                           const ReadGroupMessage& read,
                           const std::function<std::string()>& state) {
  for (const GroupMessage& message : shuffled(messages, chance)) {
    Bytes forged = message.bytes;
    forged[forged.size() - 1 - static_cast<std::size_t>(chance.below(60))] ^= 1;
    std::string before = state();
    EXPECT_EQ(read(forged), kRefused) << message.text;
    EXPECT_EQ(state(), before);
    EXPECT_EQ(read(message.bytes), message.text);
    before = state();
    EXPECT_EQ(read(message.bytes), kDuplicate) << message.text;
    EXPECT_EQ(state(), before);
  }
}

TEST_F(LibsignalTest, ReadsOurGroupMessages) {
  SeededRandom chance = chance_of(11);
  LibsignalProcess theirs;
  signal::OwnSenderKey key = signal::OwnSenderKey::generate(chance);
  const signal::SenderKeyDistributionMessage distribution = key.distribution();
  EXPECT_EQ(theirs.ask("process_distribution", {{"group", kGroup},
                                                {"key_id", distribution.key_id},
                                                {"iteration", distribution.iteration},
                                                {"chain_key", to_hex(distribution.chain_key)},
                                                {"signing_key", hex_of(distribution.signing_key)}}),
            Json::object());

  std::vector<GroupMessage> messages;
  for (int i = 0; i < kGroupMessages; ++i) {
    const std::string text = "message " + std::to_string(i);
    const Bytes ours = key.encrypt(as_bytes(text), {.now = {}, .random = chance}).value();
    const auto parts = signal::decode_sender_key_message(ours, {}).value();
    Bytes bytes = bytes_of_hex(theirs
                                   .ask("group_message", {{"group", kGroup},
                                                          {"key_id", parts.key_id},
                                                          {"iteration", parts.iteration},
                                                          {"ciphertext", to_hex(parts.ciphertext)}})
                                   .at("bytes"));
    append(bytes, xeddsa_sign(key.signing_key.private_key, bytes, chance));
    messages.push_back({.bytes = std::move(bytes), .text = text});
  }
  expect_group_messages(
      messages, chance,
      [&](const Bytes& bytes) {
        return text_of(theirs.ask("group_decrypt", {{"bytes", to_hex(bytes)}}));
      },
      [&] { return theirs.ask("state").dump(); });
}

TEST_F(LibsignalTest, WritesGroupMessagesThatWeRead) {
  SeededRandom chance = chance_of(12);
  LibsignalProcess theirs;
  const Json found = theirs.ask("distribute", {{"group", kGroup}});
  const PublicKey signing_key = public_key(found.at("signing_key"));
  signal::SenderKeyRecord ours;
  ours.process({.key_id = found.at("key_id"),
                .iteration = found.at("iteration"),
                .chain_key = to_array<32>(bytes_of_hex(found.at("chain_key"))),
                .signing_key = signing_key});

  // Our form of each, which they have not signed.
  std::map<Bytes, Bytes> forms;
  std::vector<GroupMessage> messages;
  for (int i = 0; i < kGroupMessages; ++i) {
    const std::string text = "message " + std::to_string(i);
    const Json encrypted =
        theirs.ask("group_encrypt", {{"group", kGroup}, {"plaintext", to_hex(as_bytes(text))}});
    const Bytes bytes = bytes_of_hex(encrypted.at("bytes"));
    forms[bytes] =
        signal::encode_sender_key_message({.key_id = encrypted.at("key_id"),
                                           .iteration = encrypted.at("iteration"),
                                           .ciphertext = bytes_of_hex(encrypted.at("ciphertext"))},
                                          KeyPair::generate(chance).private_key, chance);
    messages.push_back({.bytes = bytes, .text = text});
  }
  signal::testing::Force signed_in_their_form(Rule::SENDERKEY_02, true);
  expect_group_messages(
      messages, chance,
      [&](const Bytes& bytes) -> std::string {
        if (!signal::has_valid_signature(bytes, signing_key)) return std::string(kRefused);
        const auto plaintext = ours.decrypt(forms.at(bytes), Guard(signed_in_their_form));
        if (plaintext) return to_text(*plaintext);
        return std::string(plaintext.error().failure == signal::DecryptFailure::kDuplicate
                               ? kDuplicate
                               : kRefused);
      },
      [&] { return to_hex(ours.serialize()); });
}

TEST_F(LibsignalTest, SignaturesGoBothWays) {
  SeededRandom chance = chance_of(13);
  LibsignalProcess theirs;
  const std::string their_key = theirs.ask("identity").at("key");
  for (int i = 0; i < 40; ++i) {
    const KeyPair own = KeyPair::generate(chance);
    const Bytes message = chance.bytes(static_cast<std::size_t>(chance.below(200)));
    const auto they_accept = [&](const Bytes& signature) {
      const Json answer = theirs.ask("verify", {{"key", hex_of(own.public_key)},
                                                {"message", to_hex(message)},
                                                {"signature", to_hex(signature)}});
      return answer.at("valid").get<bool>();
    };
    const auto we_accept = [&](const Bytes& signature) {
      return xeddsa_verify(public_key(their_key), message, signature);
    };
    const auto with_bit_flipped = [&](Bytes signature) {
      signature[static_cast<std::size_t>(chance.below(64))] ^=
          static_cast<std::uint8_t>(1U << chance.below(7));
      return signature;
    };
    const Bytes ours = to_bytes(xeddsa_sign(own.private_key, message, chance));
    EXPECT_TRUE(they_accept(ours));
    EXPECT_FALSE(they_accept(with_bit_flipped(ours)));
    const Bytes signature =
        bytes_of_hex(theirs.ask("sign", {{"message", to_hex(message)}}).at("signature"));
    EXPECT_TRUE(we_accept(signature));
    EXPECT_FALSE(we_accept(with_bit_flipped(signature)));
  }
}

}  // namespace
}  // namespace doublecheck::interop
