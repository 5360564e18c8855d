#include <algorithm>
#include <array>

#include "harness/vectors/generator.h"
#include "spec/signal/message.h"
#include "spec/signal/prekey.h"
#include "spec/signal/session_cipher.h"

namespace doublecheck::corpus {
namespace {

// What the receiver gets, one after the other, with the verdict on each.
class Sequence {
 public:
  void add(std::string_view type, ByteView data, std::optional<Bytes> plaintext) {
    messages_.push_back({{"type", std::string(type)}, {"data", to_hex(data)}});
    accepted_.push_back(plaintext.has_value());
    plaintexts_.push_back(plaintext ? to_hex(*plaintext) : "");
  }

  void write(Vector& vector) const {
    vector.input["messages"] = messages_;
    vector.output = {{"accepted", accepted_}, {"plaintexts", plaintexts_}};
    vector.flag = accepted_.back() == true ? kMustAccept : kMustReject;
  }

 private:
  Json messages_ = Json::array();
  Json accepted_ = Json::array();
  Json plaintexts_ = Json::array();
};

struct Sent {
  signal::MessageType type;
  Bytes bytes;
  Bytes plaintext;

  // The message within a prekey message: what it would be once the peer has answered.
  Bytes inner() const { return signal::decode_prekey_signal_message(bytes, {}).value().message; }
};

// A receiver with prekeys, and a sender who has its bundle.
class Conversation {
 public:
  explicit Conversation(Generator& generator, bool with_one_time_prekey = true)
      : generator_(generator),
        receiver_(signal::LocalIdentity::generate(generator.random())),
        signed_prekey_(
            signal::SignedPrekey::generate(static_cast<std::uint32_t>(generator.between(1, 1000)),
                                           receiver_.identity_key, generator.random())),
        one_time_prekey_(signal::OneTimePrekey::generate(
            static_cast<std::uint32_t>(generator.between(1, 1000)), generator.random())),
        sender_(signal::LocalIdentity::generate(generator.random())),
        with_one_time_prekey_(with_one_time_prekey) {
    start();
  }

  // A new session of the sender's.
  void start() {
    record_ = {};
    const auto bundle = signal::PrekeyBundle::of(
        receiver_, signed_prekey_, with_one_time_prekey_ ? &one_time_prekey_ : nullptr);
    signal::initiate(record_, sender_, bundle,
                     {.now = {}, .random = generator_.random(), .guard = {}})
        .value();
    with_one_time_prekey_ = false;  // it is used up
  }

  Sent send(std::size_t size) {
    Bytes plaintext = generator_.random().bytes(size);
    auto encrypted = signal::encrypt(record_, plaintext).value();
    return {encrypted.type, std::move(encrypted.bytes), std::move(plaintext)};
  }

  Json device() const {
    return {{"identity_private_key", to_hex(receiver_.identity_key.private_key)},
            {"registration_id", receiver_.registration_id},
            {"signed_prekeys", prekeys(signed_prekey_)},
            {"one_time_prekeys", prekeys(one_time_prekey_)}};
  }

 private:
  template <typename Prekey>
  static Json prekeys(const Prekey& prekey) {
    return Json::array({{{"id", prekey.id}, {"private_key", to_hex(prekey.key.private_key)}}});
  }

  Generator& generator_;
  signal::LocalIdentity receiver_;
  signal::SignedPrekey signed_prekey_;
  signal::OneTimePrekey one_time_prekey_;
  signal::LocalIdentity sender_;
  bool with_one_time_prekey_;
  signal::SessionRecord record_;
};

Vector& add_sequence(Generator& generator, std::string_view name,
                     std::vector<std::string> requirements, const Conversation& conversation,
                     const Sequence& sequence) {
  Vector& vector = generator.add(name, "decrypt", std::move(requirements));
  vector.input["device"] = conversation.device();
  sequence.write(vector);
  return vector;
}

void add_in_order(Generator& generator) {
  constexpr auto kSizes = std::to_array<std::size_t>({0, 1, 15, 16, 17, 31, 32, 33, 64, 100});
  for (std::size_t i = 0; i < 16; ++i) {
    Conversation conversation(generator, i % 2 == 0);
    Sequence sequence;
    for (std::size_t left = 1 + i % 3; left != 0; --left) {
      const Sent sent = conversation.send(generator.one_of(kSizes));
      sequence.add("pkmsg", sent.bytes, sent.plaintext);
    }
    add_sequence(generator, "in-order", {"SESSION-01", "SESSION-02", "SESSION-03"}, conversation,
                 sequence);
  }
}

void add_any_order(Generator& generator) {
  for (std::size_t i = 0; i < 16; ++i) {
    Conversation conversation(generator, i % 2 == 0);
    std::vector<Sent> sent;
    for (std::size_t left = 3 + i % 3; left != 0; --left) sent.push_back(conversation.send(i));
    for (std::size_t j = sent.size(); j > 1; --j)
      std::swap(sent[j - 1], sent[generator.size_below(j)]);
    if (generator.chance(2)) sent.pop_back();  // one never arrives
    Sequence sequence;
    sequence.add("pkmsg", sent.front().bytes, sent.front().plaintext);
    for (std::size_t j = 1; j < sent.size(); ++j) {
      if (generator.chance(2)) {
        sequence.add("msg", sent[j].inner(), sent[j].plaintext);
      } else {
        sequence.add("pkmsg", sent[j].bytes, sent[j].plaintext);
      }
    }
    add_sequence(generator, "any-order", {"SESSION-19"}, conversation, sequence);
  }
}

void add_two_sessions(Generator& generator) {
  for (std::size_t i = 0; i < 6; ++i) {
    Conversation conversation(generator, i % 2 == 0);
    const Sent first = conversation.send(5);
    const Sent late = conversation.send(6);
    conversation.start();
    const Sent second = conversation.send(7);
    Sequence sequence;
    sequence.add("pkmsg", first.bytes, first.plaintext);
    sequence.add("pkmsg", second.bytes, second.plaintext);
    sequence.add("msg", late.inner(), late.plaintext);
    add_sequence(generator, "two-sessions", {"SESSION-16"}, conversation, sequence);
  }
}

void add_duplicates(Generator& generator) {
  for (std::size_t i = 0; i < 8; ++i) {
    Conversation conversation(generator, i % 2 == 0);
    const Sent first = conversation.send(9);
    const Sent second = conversation.send(9);
    const Sent& again = i % 4 < 2 ? first : second;
    Sequence sequence;
    sequence.add("pkmsg", first.bytes, first.plaintext);
    sequence.add("pkmsg", second.bytes, second.plaintext);
    if (i < 4) {
      sequence.add("pkmsg", again.bytes, std::nullopt);
    } else {
      sequence.add("msg", again.inner(), std::nullopt);
    }
    add_sequence(generator, "duplicate", {"SESSION-24"}, conversation, sequence).notes =
        "the last message was read before";
  }
}

// What somebody on the way can do to a message `msg`.
struct SessionForgery {
  std::string_view name;
  std::vector<std::string> requirements;
  void (*apply)(Generator&, Bytes&);
};

const std::vector<SessionForgery>& session_forgeries() {
  static const std::vector<SessionForgery> kForgeries = {
      {"changed-mac",
       {"SESSION-09"},
       [](Generator& generator, Bytes& message) {
         message = generator.flipped(message, message.size() - 1 - generator.size_below(8));
       }},
      {"changed-ciphertext",
       {"SESSION-09"},
       [](Generator& generator, Bytes& message) {
         message = generator.flipped(message, message.size() - 9 - generator.size_below(16));
       }},
      {"changed-ratchet-key",
       {"SESSION-09"},
       [](Generator& generator, Bytes& message) {
         // Version, tag, length, type; then the 32 bytes of the key, the last of which has a bit
         // that does not count.
         message = generator.flipped(message, 4 + generator.size_below(31));
       }},
      {"version-below-3", {"SESSION-07"}, [](Generator&, Bytes& message) { message[0] = 0x23; }},
      {"cut-off",
       {"SESSION-09"},
       [](Generator& generator, Bytes& message) {
         message.resize(generator.size_below(message.size()));
       }},
      {"longer",
       {"SESSION-09"},
       [](Generator& generator, Bytes& message) { append(message, generator.random().bytes(1)); }},
  };
  return kForgeries;
}

void add_session_forgeries(Generator& generator) {
  for (const SessionForgery& forgery : session_forgeries()) {
    for (std::size_t i = 0; i < 6; ++i) {
      Conversation conversation(generator, i % 2 == 0);
      const Sent first = conversation.send(11);
      const Sent second = conversation.send(12);
      Bytes forged = second.inner();
      forgery.apply(generator, forged);
      Sequence sequence;
      sequence.add("pkmsg", first.bytes, first.plaintext);
      sequence.add("msg", forged, std::nullopt);
      std::vector<std::string> requirements = forgery.requirements;
      // It has changed nothing.
      if (i % 2 == 1) {
        sequence.add("msg", second.inner(), second.plaintext);
        requirements.emplace_back("SESSION-26");
      }
      add_sequence(generator, forgery.name, std::move(requirements), conversation, sequence);
    }
  }
}

// A first message that names what the receiver does not have, or comes from somebody else.
void add_wrong_first_messages(Generator& generator) {
  for (std::size_t i = 0; i < 12; ++i) {
    Conversation conversation(generator);
    const Sent sent = conversation.send(8);
    auto message = signal::decode_prekey_signal_message(sent.bytes, {}).value();
    std::vector<std::string> requirements = {"SESSION-14"};
    switch (i % 3) {
      case 0:
        message.signed_prekey_id += 1;
        requirements.emplace_back("SESSION-17");
        break;
      case 1:
        message.one_time_prekey_id = *message.one_time_prekey_id + 1;
        requirements.emplace_back("SESSION-17");
        break;
      default:
        message.identity_key = KeyPair::generate(generator.random()).public_key;
        requirements.emplace_back("SESSION-09");
    }
    constexpr auto kNames = std::to_array<std::string_view>(
        {"unknown-signed-prekey", "unknown-one-time-prekey", "other-identity"});
    Sequence sequence;
    sequence.add("pkmsg", signal::encode_prekey_signal_message(message), std::nullopt);
    if (i >= 6) sequence.add("pkmsg", sent.bytes, sent.plaintext);
    add_sequence(generator, kNames.at(i % 3), std::move(requirements), conversation, sequence);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    Conversation conversation(generator, i % 2 == 0);
    Sequence sequence;
    sequence.add("msg", conversation.send(8).inner(), std::nullopt);
    add_sequence(generator, "no-session", {"SESSION-14"}, conversation, sequence);
  }
}

}  // namespace

void generate_sessions(const RandomSource& seed, std::vector<Vector>& out) {
  Generator generator("session", seed, out);
  add_in_order(generator);
  add_any_order(generator);
  add_two_sessions(generator);
  add_duplicates(generator);
  add_session_forgeries(generator);
  add_wrong_first_messages(generator);
}

}  // namespace doublecheck::corpus
