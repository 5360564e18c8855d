#include "conformance/codec/session_steps.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>

#include "spec/base/crypto.h"
#include "spec/signal/public_key.h"
#include "spec/signal/sender_key.h"

namespace doublecheck::conformance {
namespace {

using harness::accepted;
using harness::check;
using harness::check_refused;
using harness::CodecBench;
using harness::precondition;

constexpr std::uint32_t kSuiteSignedPrekey = 7;
constexpr std::uint32_t kSuiteOneTimePrekey = 42;

std::vector<const Json*> table_rows(std::string_view file,
                                    std::initializer_list<std::string_view> names) {
  std::vector<const Json*> found;
  for (const Json& row : vector_case(file, "acceptance-table").at("output").at("rows")) {
    const std::string name = text(row.at("name"));
    if (std::ranges::any_of(
            names, [&](std::string_view part) { return name.find(part) != std::string::npos; }))
      found.push_back(&row);
  }
  if (found.empty()) throw std::runtime_error("no row has such a name");
  return found;
}

// The same device among the functions of spec/, which say what a message holds: the vectors say
// only whether it is read.
class VectorDevice final : public signal::PrekeyStore {
 public:
  explicit VectorDevice(const Json& bob) {
    local_ = {.identity_key = KeyPair::from_private(private_key_of(bob.at("identity"))),
              .registration_id = bob.at("registration_id")};
    const Json& signed_key = bob.at("signed_prekey");
    signed_key_.id = signed_key.at("id");
    signed_key_.key = KeyPair::from_private(private_key_of(signed_key));
    if (const Json& one_time = bob.at("one_time_prekey"); !one_time.is_null()) {
      one_time_key_ = signal::OneTimePrekey{.id = one_time.at("id"),
                                            .key = KeyPair::from_private(private_key_of(one_time))};
    }
  }

  const signal::LocalIdentity& identity() const override { return local_; }
  const signal::SignedPrekey* signed_prekey(std::uint32_t id) const override {
    return id == signed_key_.id ? &signed_key_ : nullptr;
  }
  const signal::OneTimePrekey* one_time_prekey(std::uint32_t id) const override {
    return one_time_key_ && one_time_key_->id == id ? &*one_time_key_ : nullptr;
  }

  Bytes decrypt(const signal::Encrypted& message, RandomSource& random) {
    const auto decrypted =
        signal::decrypt(record_, *this, message.type, message.bytes, {.now = {}, .random = random});
    if (!decrypted) throw std::runtime_error("the suite does not read what it should");
    if (decrypted->consumed_one_time_prekey) one_time_key_.reset();
    return decrypted->plaintext;
  }

 private:
  signal::LocalIdentity local_;
  signal::SignedPrekey signed_key_;
  std::optional<signal::OneTimePrekey> one_time_key_;
  signal::SessionRecord record_;
};

// What is accepted has to be read as what it holds; what is not is refused, or left to the codec.
void judge_message(const harness::Answer<Bytes>& answer, const Json& expected,
                   const std::string& name, const std::function<Bytes()>& plaintext) {
  if (expected == "accept") {
    check(accepted(answer, "is read: " + name) == plaintext(),
          "is read as what was written: " + name);
  } else if (expected != "implementation-defined") {
    check_refused(answer, "is refused: " + name);
  }
}

void run_sender_key_row(CodecBench& bench, const Json& row) {
  const std::uint32_t device = bench.new_handle();
  precondition("a device is created", [&] {
    accepted(bench.create_device(device, draw_device_keys(bench.random())), "a device is created");
  });
  signal::SenderKeyRecord by_the_suite;
  const Json& steps = row.at("input").at("steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string name = text(row.at("name")) + ", step " + std::to_string(i);
    const Json& expected = row.at("output").at("expected").at(i);
    const Bytes bytes = bytes_of_hex(steps[i].at("bytes"));
    if (steps[i].at("type") == "distribution") {
      const auto answer = bench.take_sender_key(device, kGroupName, kPeerName, bytes);
      if (expected == "accept") {
        accepted(answer, "is taken: " + name);
        by_the_suite.process(signal::decode_sender_key_distribution_message(bytes, {}).value());
      } else if (expected != "implementation-defined") {
        check_refused(answer, "is refused: " + name);
      }
    } else {
      judge_message(bench.decrypt_from_group(device, kGroupName, kPeerName, bytes), expected, name,
                    [&] { return by_the_suite.decrypt(bytes, {}).value(); });
    }
  }
}

void run_session_row(CodecBench& bench, const Json& row) {
  expect_messages(bench, vector_case(kSessions, "acceptance-table").at("input").at("bob"),
                  row.at("input").at("messages"), row.at("output").at("expected"),
                  text(row.at("name")));
}

bool refuses(const Json& row) {
  const Json& expected = row.at("output").at("expected");
  return std::ranges::any_of(expected, [](const Json& verdict) { return verdict != "accept"; });
}

}  // namespace

SuiteDevice::SuiteDevice(RandomSource& source)
    : random(source),
      local(signal::LocalIdentity::generate(source)),
      signed_key(signal::SignedPrekey::generate(kSuiteSignedPrekey, local.identity_key, source)),
      one_time_key(signal::OneTimePrekey::generate(kSuiteOneTimePrekey, source)) {}

void SuiteDevice::initiate(const signal::PrekeyBundle& bundle) {
  const auto started = signal::initiate(record, local, bundle, context());
  check(started.has_value(), "the codec's bundle can be used",
        started ? "" : started.error().to_string());
}

signal::Encrypted SuiteDevice::encrypt(std::string_view text) {
  return signal::encrypt(record, as_bytes(text)).value();
}

std::string SuiteDevice::decrypt(const signal::Encrypted& message) {
  const auto decrypted = signal::decrypt(record, *this, message.type, message.bytes, context());
  check(decrypted.has_value(), "what the codec encrypts is read",
        decrypted ? "" : decrypted.error().error.to_string());
  return to_text(decrypted->plaintext);
}

harness::CodecDeviceKeys draw_device_keys(RandomSource& random) {
  const PrivateKey identity = KeyPair::generate(random).private_key;
  const PrivateKey signed_key = KeyPair::generate(random).private_key;
  const PrivateKey one_time_key = KeyPair::generate(random).private_key;
  return {.identity_key = identity,
          .registration_id = 2222,
          .signed_prekeys = {{1, signed_key}},
          .one_time_prekeys = {{99, one_time_key}}};
}

Conversation::Conversation(CodecBench& with)
    : bench(with),
      keys(draw_device_keys(with.random())),
      device(with.new_handle()),
      bundle(precondition(
          "a device is created",
          [&] { return accepted(with.create_device(device, keys), "a device is created"); })),
      suite(with.random()) {}

void Conversation::begin_from_suite() {
  precondition("a session is begun", [&] {
    suite.initiate(bundle);
    expect_read(suite.encrypt("hello"), "hello");
    say("hello yourself");
  });
}

void Conversation::begin_from_codec() {
  precondition("a session is begun", [&] {
    accepted(bench.start_session(device, kPeerName, suite.bundle()), "a session is started");
    say("hello");
    expect_read(suite.encrypt("hello yourself"), "hello yourself");
  });
}

void Conversation::expect_read(const signal::Encrypted& message, std::string_view text) {
  const Bytes plaintext = accepted(try_to_decrypt(message), "a genuine message is read");
  check(as_text(plaintext) == text, "a genuine message is read as what was written",
        to_hex(plaintext));
}

signal::Encrypted Conversation::encrypt(std::string_view text) {
  return accepted(bench.encrypt(device, kPeerName, as_bytes(text)), "a message is encrypted");
}

void Conversation::say(std::string_view text) {
  const std::string read = suite.decrypt(encrypt(text));
  check(read == text, "what the codec encrypts is read as what was written", read);
}

void expect_messages(CodecBench& bench, const Json& bob, const Json& messages, const Json& expected,
                     const std::string& name) {
  const std::uint32_t device = create_vector_device(bench, bob);
  VectorDevice by_the_suite(bob);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const signal::Encrypted message = vector_message(messages[i]);
    judge_message(bench.decrypt(device, kPeerName, message), expected.at(i),
                  name + ", message " + std::to_string(i),
                  [&] { return by_the_suite.decrypt(message, bench.random()); });
  }
}

std::uint32_t create_vector_device(CodecBench& bench, const Json& bob) {
  harness::CodecDeviceKeys keys;
  keys.identity_key = private_key_of(bob.at("identity"));
  keys.registration_id = bob.at("registration_id");
  const Json& signed_key = bob.at("signed_prekey");
  keys.signed_prekeys.push_back({signed_key.at("id"), private_key_of(signed_key)});
  if (const Json& one_time = bob.at("one_time_prekey"); !one_time.is_null())
    keys.one_time_prekeys.push_back({one_time.at("id"), private_key_of(one_time)});
  const std::uint32_t device = bench.new_handle();
  precondition("a device is created",
               [&] { accepted(bench.create_device(device, keys), "a device is created"); });
  return device;
}

signal::Encrypted vector_message(const Json& message) {
  const Json& type = message.contains("type") ? message.at("type") : message.at("enc_type");
  const Json& bytes = message.contains("bytes") ? message.at("bytes") : message.at("serialized");
  return {type == "pkmsg" ? signal::MessageType::kPrekey : signal::MessageType::kSignal,
          bytes_of_hex(bytes)};
}

void run_session_rows(CodecBench& bench, std::initializer_list<std::string_view> names) {
  for (const Json* row : table_rows(kSessions, names)) {
    if (refuses(*row)) {
      precondition("genuine messages are read", [&] {
        for (const Json* genuine : table_rows(kSessions, {"pkmsg counter 0"}))
          run_session_row(bench, *genuine);
      });
    }
    run_session_row(bench, *row);
  }
}

void run_sender_key_rows(CodecBench& bench, std::initializer_list<std::string_view> names) {
  for (const Json* row : table_rows(kSenderKey, names)) {
    if (refuses(*row)) {
      precondition("genuine messages are read", [&] {
        for (const Json* genuine : table_rows(kSenderKey, {"in order 0..4"}))
          run_sender_key_row(bench, *genuine);
      });
    }
    run_sender_key_row(bench, *row);
  }
}

Bytes with_mac(ByteView without_mac, ByteView mac_key, const PublicKey& sender,
               const PublicKey& receiver) {
  const auto mac = hmac_sha256(mac_key, concat({signal::encode_public_key(sender),
                                                signal::encode_public_key(receiver), without_mac}));
  return concat({without_mac, ByteView(mac).first(signal::kMacSize)});
}

}  // namespace doublecheck::conformance
