#include <algorithm>
#include <array>

#include "harness/vectors/generator.h"
#include "spec/signal/sender_key.h"

namespace doublecheck::corpus {
namespace {

// A sender's key in a group, and what receivers are given of it.
class GroupSender {
 public:
  explicit GroupSender(Generator& generator)
      : generator_(generator), key_(signal::OwnSenderKey::generate(generator.random())) {}

  Bytes distribution() const {
    return signal::encode_sender_key_distribution_message(key_.distribution());
  }
  Bytes encrypt(ByteView plaintext) {
    return key_.encrypt(plaintext, {.now = {}, .random = generator_.random(), .guard = {}}).value();
  }
  signal::OwnSenderKey& key() { return key_; }

 private:
  Generator& generator_;
  signal::OwnSenderKey key_;
};

// What one receiver gets, with the verdict on each.
class GroupSequence {
 public:
  void distribution(ByteView data, bool accepted = true) {
    add("distribution", data, accepted, {});
  }
  void message(ByteView data, ByteView plaintext) { add("message", data, true, plaintext); }
  void refused(ByteView data) { add("message", data, false, {}); }

  void write(Vector& vector) const {
    vector.input = {{"messages", messages_}};
    vector.output = {{"accepted", accepted_}, {"plaintexts", plaintexts_}};
    vector.flag = accepted_.back() == true ? kMustAccept : kMustReject;
  }

 private:
  void add(std::string_view type, ByteView data, bool accepted, ByteView plaintext) {
    messages_.push_back({{"type", std::string(type)}, {"data", to_hex(data)}});
    accepted_.push_back(accepted);
    plaintexts_.push_back(to_hex(plaintext));
  }

  Json messages_ = Json::array();
  Json accepted_ = Json::array();
  Json plaintexts_ = Json::array();
};

void add_group_sequence(Generator& generator, std::string_view name,
                        std::vector<std::string> requirements, const GroupSequence& sequence) {
  sequence.write(generator.add(name, "decrypt_from_group", std::move(requirements)));
}

struct GroupMessage {
  Bytes plaintext;
  Bytes data;
};

std::vector<GroupMessage> draw_messages(Generator& generator, GroupSender& sender,
                                        std::size_t count) {
  constexpr auto kSizes = std::to_array<std::size_t>({0, 1, 15, 16, 17, 32, 40});
  std::vector<GroupMessage> messages;
  for (std::size_t i = 0; i < count; ++i) {
    Bytes plaintext = generator.random().bytes(generator.one_of(kSizes));
    Bytes data = sender.encrypt(plaintext);
    messages.push_back({std::move(plaintext), std::move(data)});
  }
  return messages;
}

void add_orders(Generator& generator) {
  for (std::size_t i = 0; i < 24; ++i) {
    GroupSender sender(generator);
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    auto messages = draw_messages(generator, sender, 1 + i % 4);
    const bool in_order = i < 8;
    for (std::size_t j = messages.size(); !in_order && j > 1; --j)
      std::swap(messages[j - 1], messages[generator.size_below(j)]);
    if (!in_order && messages.size() > 2) messages.pop_back();  // one never arrives
    for (const GroupMessage& message : messages) sequence.message(message.data, message.plaintext);
    add_group_sequence(generator, in_order ? "in-order" : "any-order",
                       {in_order ? "SENDERKEY-01" : "SENDERKEY-04"}, sequence);
  }
}

void add_gaps(Generator& generator) {
  for (const std::size_t gap : {2U, 3U, 10U, 100U, 1000U, 1999U}) {
    GroupSender sender(generator);
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    for (std::size_t i = 0; i < gap; ++i) sender.key().chain.take();
    const auto messages = draw_messages(generator, sender, 1);
    sequence.message(messages.front().data, messages.front().plaintext);
    add_group_sequence(generator, "gap", {"SENDERKEY-08"}, sequence);
  }
}

void add_later_distributions(Generator& generator) {
  for (std::size_t i = 0; i < 6; ++i) {
    GroupSender sender(generator);
    const auto early = draw_messages(generator, sender, 1 + i);
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    const auto late = draw_messages(generator, sender, 1);
    if (i % 2 == 0) {
      sequence.message(late.front().data, late.front().plaintext);
    } else {
      sequence.refused(early.back().data);  // before the key that was distributed
    }
    add_group_sequence(generator, "later-distribution", {"SENDERKEY-08"}, sequence);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    GroupSender sender(generator);
    const Bytes distribution = sender.distribution();
    const auto messages = draw_messages(generator, sender, 2);
    GroupSequence sequence;
    sequence.distribution(distribution);
    sequence.message(messages[0].data, messages[0].plaintext);
    sequence.distribution(distribution);
    sequence.refused(messages[0].data);
    if (i % 2 == 0) sequence.message(messages[1].data, messages[1].plaintext);
    add_group_sequence(generator, "repeated-distribution", {"SENDERKEY-05"}, sequence);
  }
}

void add_duplicates_in_groups(Generator& generator) {
  for (std::size_t i = 0; i < 6; ++i) {
    GroupSender sender(generator);
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    const auto messages = draw_messages(generator, sender, 3);
    for (const GroupMessage& message : messages) sequence.message(message.data, message.plaintext);
    sequence.refused(messages[i % 3].data);
    add_group_sequence(generator, "duplicate", {"SENDERKEY-04"}, sequence);
  }
}

struct GroupForgery {
  std::string_view name;
  std::string_view requirement;
  void (*apply)(Generator&, Bytes&);
};

constexpr auto kGroupForgeries = std::to_array<GroupForgery>({
    {"changed-signature", "SENDERKEY-02",
     [](Generator& generator, Bytes& message) {
       message = generator.flipped(message, message.size() - 2 - generator.size_below(62));
     }},
    {"changed-ciphertext", "SENDERKEY-02",
     [](Generator& generator, Bytes& message) {
       message = generator.flipped(message, message.size() - 65 - generator.size_below(16));
     }},
    {"version-below-3", "SENDERKEY-03", [](Generator&, Bytes& message) { message[0] = 0x23; }},
    {"cut-off", "SENDERKEY-02",
     [](Generator& generator, Bytes& message) {
       message.resize(generator.size_below(message.size()));
     }},
    {"longer", "SENDERKEY-02", [](Generator&, Bytes& message) { message.push_back(0); }},
});

void add_group_forgeries(Generator& generator) {
  for (const GroupForgery& forgery : kGroupForgeries) {
    for (std::size_t i = 0; i < 6; ++i) {
      GroupSender sender(generator);
      GroupSequence sequence;
      sequence.distribution(sender.distribution());
      const auto messages = draw_messages(generator, sender, 2);
      sequence.message(messages[0].data, messages[0].plaintext);
      Bytes forged = messages[1].data;
      forgery.apply(generator, forged);
      sequence.refused(forged);
      if (i % 2 == 1) sequence.message(messages[1].data, messages[1].plaintext);
      add_group_sequence(generator, forgery.name, {std::string(forgery.requirement)}, sequence);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    GroupSender sender(generator);
    GroupSender other(generator);
    other.key().key_id = sender.key().key_id;
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    const auto genuine = draw_messages(generator, sender, 1);
    const auto forged = draw_messages(generator, other, 1);
    sequence.refused(forged.front().data);
    if (i % 2 == 1) sequence.message(genuine.front().data, genuine.front().plaintext);
    add_group_sequence(generator, "other-signing-key", {"SENDERKEY-02"}, sequence);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    GroupSender sender(generator);
    GroupSender other(generator);
    GroupSequence sequence;
    sequence.distribution(sender.distribution());
    sequence.refused(draw_messages(generator, other, 1).front().data);
    add_group_sequence(generator, "unknown-key-id", {"SENDERKEY-02"}, sequence);
  }
}

}  // namespace

void generate_sender_keys(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("sender-key", seed, out);
  add_orders(generator);
  add_gaps(generator);
  add_later_distributions(generator);
  add_duplicates_in_groups(generator);
  add_group_forgeries(generator);
}

}  // namespace doublecheck::corpus
