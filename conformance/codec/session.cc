#include "conformance/codec/session_steps.h"
#include "spec/base/crypto.h"
#include "spec/proto/access.h"
#include "spec/proto/signal.pb.h"
#include "spec/signal/key_derivation.h"
#include "spec/signal/message.h"
#include "spec/signal/public_key.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

// The protobuf of an encoded message, as it was written.
template <typename Message>
Message fields_of(ByteView encoded, std::size_t trailer) {
  Message message;
  check(encoded.size() > trailer + 1 &&
            proto::parse(encoded.subspan(1, encoded.size() - 1 - trailer), message),
        "a message is a version byte and a protobuf", to_hex(encoded));
  return message;
}

proto::SignalMessage signal_fields(ByteView encoded) {
  return fields_of<proto::SignalMessage>(encoded, signal::kMacSize);
}
proto::PreKeySignalMessage prekey_fields(ByteView encoded) {
  return fields_of<proto::PreKeySignalMessage>(encoded, 0);
}

// The SignalMessage, whatever it travels in.
Bytes inner_of(const signal::Encrypted& message) {
  if (message.type == signal::MessageType::kSignal) return message.bytes;
  return to_bytes(prekey_fields(message.bytes).message());
}

bool is_typed_key(const std::string& key) { return key.size() == 33 && key.front() == 5; }

// Messages that a codec writes: the first one, one more, and those after two turns.
std::vector<signal::Encrypted> written_messages(Conversation& talk) {
  std::vector<signal::Encrypted> messages;
  const auto write = [&](std::string_view text) {
    messages.push_back(talk.encrypt(text));
    check(talk.suite.decrypt(messages.back()) == text, "what the codec encrypts is read");
  };
  accepted(talk.bench.start_session(talk.device, kPeerName, talk.suite.bundle()),
           "a session is started");
  write("first");
  write("second");
  talk.expect_read(talk.suite.encrypt("answer"), "answer");
  write("third");
  write("fourth");
  talk.expect_read(talk.suite.encrypt("answer"), "answer");
  write("fifth");
  return messages;
}

// A message of the suite's next sending chain that is right but for what `edit` does to its
// ciphertext.
signal::Encrypted with_ciphertext(SuiteDevice& suite, std::string_view text,
                                  const std::function<void(Bytes&)>& edit) {
  const signal::Session before = *suite.record.current();
  const signal::Encrypted genuine = suite.encrypt(text);
  signal::SendingChain chain = before.sending;
  const signal::MessageKeys keys = signal::derive_message_keys(chain.take()->seed);
  signal::SignalMessage message = signal::decode_signal_message(inner_of(genuine), {}).value();
  edit(message.ciphertext);
  return {signal::MessageType::kSignal,
          signal::encode_signal_message(
              message, keys.mac_key,
              {.sender = before.local_identity, .receiver = before.remote_identity})};
}

// A forgery of every byte of a genuine message is refused, and the genuine one is read after it.
void refuse_every_byte(Conversation& talk, const signal::Encrypted& genuine, std::size_t from,
                       std::size_t to, std::string_view sentence) {
  for (std::size_t at = from; at < to; ++at) {
    check_refused(talk.try_to_decrypt({genuine.type, flipped(genuine.bytes, at)}),
                  at_byte(sentence, at));
  }
}

}  // namespace

// ---- Keys inside messages

CODEC_CASE(session, keys_are_written_with_their_type,
           "Public keys inside Signal messages are written as 33 bytes that begin with 05",
           .checks = {Rule::KEY_02}) {
  Conversation talk(bench);
  for (const signal::Encrypted& message : written_messages(talk)) {
    check(is_typed_key(signal_fields(inner_of(message)).ratchet_key()),
          "a ratchet key has its type");
    if (message.type != signal::MessageType::kPrekey) continue;
    const proto::PreKeySignalMessage fields = prekey_fields(message.bytes);
    check(is_typed_key(fields.base_key()), "a base key has its type");
    check(is_typed_key(fields.identity_key()), "an identity key has its type");
  }
}

CODEC_CASE(session, keys_of_another_type_are_refused,
           "A message with a 33-byte key that does not begin with 05 is refused",
           .checks = {Rule::KEY_03}) {
  const Json& vector = vector_case(kSessions, "with-one-time-prekey");
  const Json& message = vector.at("output").at("messages").at(0);
  const PublicKey sender = public_key_of(vector.at("input").at("alice").at("identity"));
  const PublicKey receiver = public_key_of(vector.at("input").at("bob").at("identity"));
  const auto fresh = [&] { return create_vector_device(bench, vector.at("input").at("bob")); };
  precondition("the genuine message is read", [&] {
    accepted(bench.decrypt(fresh(), kPeerName, vector_message(message)), "a message is read");
  });
  for (const char type : {'\x00', '\x04', '\x06', '\x85'}) {
    const Bytes encoded = bytes_of_hex(message.at("serialized"));
    proto::PreKeySignalMessage outer = prekey_fields(encoded);
    const auto refuse = [&](const proto::PreKeySignalMessage& changed, std::string_view sentence) {
      const Bytes bytes = concat({ByteView(encoded).first(1), proto::serialize(changed)});
      check_refused(bench.decrypt(fresh(), kPeerName, {signal::MessageType::kPrekey, bytes}),
                    sentence);
    };
    proto::PreKeySignalMessage base = outer;
    base.mutable_base_key()->front() = type;
    refuse(base, "a base key of another type is refused");
    proto::PreKeySignalMessage identity = outer;
    identity.mutable_identity_key()->front() = type;
    refuse(identity, "an identity key of another type is refused");
    // Under a MAC that is right.
    proto::SignalMessage inner = signal_fields(to_bytes(outer.message()));
    inner.mutable_ratchet_key()->front() = type;
    const Bytes body = concat({as_bytes(outer.message()).first(1), proto::serialize(inner)});
    proto::PreKeySignalMessage ratchet = outer;
    ratchet.set_message(
        to_text(with_mac(body, bytes_of_hex(message.at("mac_key")), sender, receiver)));
    refuse(ratchet, "a ratchet key of another type is refused");
  }
}

CODEC_CASE(session, keys_without_type_are_refused,
           "A message with a base or ratchet key of 32 bytes is refused",
           .checks = {Rule::KEY_04}) {
  run_session_rows(bench, {"base key sent as 32", "ratchet key sent as 32"});
}

CODEC_CASE(session, identity_keys_without_type_are_refused,
           "A message with an identity key of 32 bytes is refused",
           .checks = {Rule::KEY_03, Rule::KEY_04}) {
  run_session_rows(bench, {"identity key sent as 32"});
}

// ---- Starting

CODEC_CASE(session, first_messages_are_read,
           "First messages with and without one-time prekey, as others write them, are read",
           .checks = {Rule::SESSION_01, Rule::SESSION_02, Rule::SESSION_09}) {
  run_session_rows(
      bench, {"pkmsg counter 0", "without registrationId", "version byte 0x33", "empty plaintext"});
}

CODEC_CASE(
    session, recorded_chains_are_read,
    "All that a recorded conversation says before its first answer is read in the opposite order, as what was written",
    .checks = {Rule::SESSION_01, Rule::SESSION_02, Rule::SESSION_19}) {
  for (const char* name : {"with-one-time-prekey", "without-one-time-prekey"}) {
    const Json& vector = vector_case(kSessions, name);
    const std::uint32_t device = create_vector_device(bench, vector.at("input").at("bob"));
    std::vector<const Json*> recorded;
    // Later ones rest on keys that the codec draws.
    for (const Json& message : vector.at("output").at("messages")) {
      if (message.at("from") == "alice" && message.at("enc_type") == "pkmsg")
        recorded.push_back(&message);
    }
    for (auto message = recorded.rbegin(); message != recorded.rend(); ++message) {
      const Bytes plaintext = accepted(bench.decrypt(device, kPeerName, vector_message(**message)),
                                       "a recorded message is read");
      check(plaintext == bytes_of_hex((*message)->at("plaintext")),
            "a recorded message is read as what was written");
    }
    for (const Json* message : recorded) {
      check_refused(bench.decrypt(device, kPeerName, vector_message(*message)),
                    "a recorded message is not read twice");
    }
  }
}

CODEC_CASE(
    session, sessions_are_started,
    "A session started from a bundle is understood by the device of the bundle, with and without one-time prekey",
    .checks = {Rule::SESSION_01, Rule::SESSION_02, Rule::SESSION_09}) {
  for (const bool with_one_time : {true, false}) {
    Conversation talk(bench);
    accepted(bench.start_session(talk.device, kPeerName, talk.suite.bundle(with_one_time)),
             "a session is started");
    const signal::Encrypted first = talk.encrypt("hello");
    check(first.type == signal::MessageType::kPrekey, "a first message is a pkmsg");
    check(prekey_fields(first.bytes).has_pre_key_id() == with_one_time,
          "a first message names the one-time prekey that was used, if any");
    check(talk.suite.decrypt(first) == "hello", "a first message is read");
    talk.expect_read(talk.suite.encrypt("hello yourself"), "hello yourself");
    talk.say("and on it goes");
  }
}

CODEC_CASE(
    session, every_byte_of_a_prekey_signature_counts,
    "No session is started from a bundle whose signed prekey has a signature with any one byte changed",
    .checks = {Rule::KEY_09, Rule::SESSION_04}) {
  Conversation talk(bench);
  const signal::PrekeyBundle genuine = talk.suite.bundle();
  precondition("a session is started from the genuine bundle", [&] {
    accepted(bench.start_session(talk.device, kPeerName, genuine), "a session is started");
  });
  for (std::size_t at = 0; at < genuine.signed_prekey.signature.size(); ++at) {
    signal::PrekeyBundle forged = genuine;
    forged.signed_prekey.signature[at] ^= static_cast<std::uint8_t>(1U << at % 8);
    check_refused(bench.start_session(talk.device, "15550009999:1@s.whatsapp.net", forged),
                  at_byte("a bundle with a changed signature is refused", at));
  }
}

CODEC_CASE(
    session, bundles_with_foreign_keys_are_refused,
    "No session is started from a bundle whose signed prekey or identity key is another than was signed",
    .checks = {Rule::SESSION_04, Rule::KEY_09}) {
  Conversation talk(bench);
  precondition("a session is started from the genuine bundle", [&] {
    accepted(bench.start_session(talk.device, kPeerName, talk.suite.bundle()),
             "a session is started");
  });
  const PublicKey other = KeyPair::generate(bench.random()).public_key;
  signal::PrekeyBundle foreign_prekey = talk.suite.bundle();
  foreign_prekey.signed_prekey.key = other;
  check_refused(bench.start_session(talk.device, "15550009998:1@s.whatsapp.net", foreign_prekey),
                "a bundle with another prekey is refused");
  signal::PrekeyBundle foreign_identity = talk.suite.bundle();
  foreign_identity.identity_key = other;
  check_refused(bench.start_session(talk.device, "15550009997:1@s.whatsapp.net", foreign_identity),
                "a bundle with another identity is refused");
}

CODEC_CASE(
    session, bundles_of_zeros_are_refused,
    "No session is started with a one-time prekey, or a signed one, that makes a secret of zeros",
    .checks = {Rule::KEY_06}) {
  Conversation talk(bench);
  precondition("a session is started from the genuine bundle", [&] {
    accepted(bench.start_session(talk.device, kPeerName, talk.suite.bundle()),
             "a session is started");
  });
  signal::PrekeyBundle one_time = talk.suite.bundle();
  one_time.one_time_prekey->key = {};
  check_refused(bench.start_session(talk.device, "15550009996:1@s.whatsapp.net", one_time),
                "a one-time prekey of zeros is refused");
  signal::PrekeyBundle signed_one = talk.suite.bundle();
  signed_one.signed_prekey.key = {};
  signed_one.signed_prekey.signature = xeddsa_sign(talk.suite.local.identity_key.private_key,
                                                   signal::encode_public_key({}), bench.random());
  check_refused(bench.start_session(talk.device, "15550009995:1@s.whatsapp.net", signed_one),
                "a signed prekey of zeros is refused");
}

CODEC_CASE(
    session, prekey_ids_select_the_keys,
    "A first message that names a signed or one-time prekey which the device does not have is refused",
    .checks = {Rule::SESSION_18}) {
  run_session_rows(bench, {"unknown one-time prekey id", "one-time prekey used but id omitted",
                           "unknown signed prekey id"});
}

CODEC_CASE(session, the_named_signed_prekey_is_used,
           "Of two signed prekeys, the one that a first message names is used",
           .checks = {Rule::SESSION_18}) {
  CodecDeviceKeys keys = draw_device_keys(bench.random());
  keys.signed_prekeys.push_back({2, KeyPair::generate(bench.random()).private_key});
  for (const std::size_t used : {0U, 1U}) {
    const std::uint32_t device = bench.new_handle();
    signal::PrekeyBundle bundle = precondition("a device is created", [&] {
      return accepted(bench.create_device(device, keys), "a device is created");
    });
    const KeyPair prekey = KeyPair::from_private(keys.signed_prekeys[used].key);
    bundle.signed_prekey = {
        keys.signed_prekeys[used].id, prekey.public_key,
        xeddsa_sign(keys.identity_key, signal::encode_public_key(prekey.public_key),
                    bench.random())};
    SuiteDevice suite(bench.random());
    suite.initiate(bundle);
    check(accepted(bench.decrypt(device, kPeerName, suite.encrypt("hello")),
                   "a first message is read") == to_bytes("hello"),
          "a first message is read as what was written");
  }
}

CODEC_CASE(
    session, foreign_identities_are_refused,
    "A first message that names another identity than the one that wrote it is refused, and the genuine one is read",
    .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  const auto forge = [&](const signal::Encrypted& genuine, const PublicKey& identity) {
    auto message = signal::decode_prekey_signal_message(genuine.bytes, {}).value();
    message.identity_key = identity;
    return signal::Encrypted{genuine.type, signal::encode_prekey_signal_message(message)};
  };
  precondition("a first message is read", [&] {
    Conversation talk(bench);
    talk.suite.initiate(talk.bundle);
    talk.expect_read(talk.suite.encrypt("hello"), "hello");
  });
  Conversation talk(bench);
  talk.suite.initiate(talk.bundle);
  const signal::Encrypted genuine = talk.suite.encrypt("hello");
  const PublicKey other = KeyPair::generate(bench.random()).public_key;
  check_refused(talk.try_to_decrypt(forge(genuine, other)), "a foreign identity is refused");
  check_refused(talk.try_to_decrypt(forge(genuine, talk.bundle.identity_key)),
                "the own identity is refused");
  talk.expect_read(genuine, "hello");
}

// ---- Writing

CODEC_CASE(session, version_byte_is_33,
           "Messages begin with the version byte 33, and those inside them",
           .checks = {Rule::SESSION_06}) {
  Conversation talk(bench);
  for (const signal::Encrypted& message : written_messages(talk)) {
    check(message.bytes.front() == 0x33, "a message begins with 33", to_hex(message.bytes));
    check(inner_of(message).front() == 0x33, "the message inside begins with 33");
  }
}

CODEC_CASE(session, counters_are_written_also_when_0,
           "counter and previousCounter are written, also when they are 0",
           .checks = {Rule::SESSION_10}) {
  Conversation talk(bench);
  for (const signal::Encrypted& message : written_messages(talk)) {
    const proto::SignalMessage fields = signal_fields(inner_of(message));
    check(fields.has_counter(), "the counter is written", to_hex(message.bytes));
    check(fields.has_previous_counter(), "the previous counter is written", to_hex(message.bytes));
  }
}

CODEC_CASE(session, previous_counter_is_the_last_index,
           "previousCounter is the index of the last message of the previous chain, or 0",
           .checks = {Rule::SESSION_11}) {
  Conversation talk(bench);
  const std::vector<signal::Encrypted> messages = written_messages(talk);
  // Two messages, two after a turn, one after another.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> expected = {
      {0, 0}, {1, 0}, {0, 1}, {1, 1}, {0, 1}};
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const proto::SignalMessage fields = signal_fields(inner_of(messages[i]));
    check(fields.counter() == expected[i].first, at_byte("counters go up from 0 in each chain", i),
          std::to_string(fields.counter()));
    check(fields.previous_counter() == expected[i].second,
          "the previous counter is the last index of the chain before",
          "message " + std::to_string(i) + ": " + std::to_string(fields.previous_counter()));
  }
}

CODEC_CASE(
    session, messages_are_pkmsg_until_an_answer,
    "Messages are pkmsg with the same base key until an answer has been read, and msg from then on",
    .checks = {Rule::SESSION_12, Rule::SESSION_13}) {
  Conversation talk(bench);
  const std::vector<signal::Encrypted> messages = written_messages(talk);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const bool prekey = messages[i].type == signal::MessageType::kPrekey;
    check(prekey == (i < 2), at_byte("a message has the type that its place asks for", i));
  }
  check(prekey_fields(messages[0].bytes).base_key() == prekey_fields(messages[1].bytes).base_key(),
        "the base key stays the same");
}

CODEC_CASE(
    session, macs_are_over_both_identities,
    "The MAC of what is written is over the sender's, then the receiver's identity key, and the message",
    .checks = {Rule::SESSION_09, Rule::SESSION_08}) {
  Conversation talk(bench);
  accepted(bench.start_session(talk.device, kPeerName, talk.suite.bundle()),
           "a session is started");
  const signal::Encrypted first = talk.encrypt("hello");
  // Reading it needs the MAC key; that of any other order does not verify.
  check(talk.suite.decrypt(first) == "hello",
        "a first message has the MAC that its receiver expects");
  check(talk.suite.decrypt(talk.encrypt("again")) == "again", "and so has the next");
}

// ---- Forgery

CODEC_CASE(session, old_versions_are_refused, "Messages of a version below 3 are refused",
           .checks = {Rule::SESSION_07}) {
  run_session_rows(bench, {"version byte 0x23", "version byte 0x22", "version byte 0x03"});
}

CODEC_CASE(session, version_is_under_the_mac,
           "A message whose version byte was changed after the MAC was made is refused",
           .checks = {Rule::SESSION_08}) {
  run_session_rows(bench, {"version byte rewritten"});
}

CODEC_CASE(session, wrong_macs_are_refused,
           "A MAC that is changed, short, or over the identity keys in the other order is refused",
           .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  run_session_rows(bench, {"MAC byte flipped", "MAC shortened", "receiver,sender order"});
}

CODEC_CASE(session, every_byte_of_a_mac_counts,
           "A message is refused with any one byte of its MAC changed, and read afterwards",
           .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  const signal::Encrypted genuine = talk.suite.encrypt("genuine");
  refuse_every_byte(talk, genuine, genuine.bytes.size() - signal::kMacSize, genuine.bytes.size(),
                    "a changed MAC is refused");
  talk.expect_read(genuine, "genuine");
}

CODEC_CASE(session, every_byte_of_a_message_counts,
           "A message is refused with any one of its bytes changed, and read afterwards",
           .checks = {Rule::SESSION_09, Rule::SESSION_08, Rule::SESSION_26}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  const signal::Encrypted genuine = talk.suite.encrypt("genuine");
  refuse_every_byte(talk, genuine, 0, genuine.bytes.size(), "a changed message is refused");
  talk.expect_read(genuine, "genuine");
}

CODEC_CASE(session, every_part_of_a_message_is_refused,
           "A message that is cut anywhere is refused, and the whole one is read afterwards",
           .checks = {Rule::SESSION_09, Rule::SESSION_26}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  const signal::Encrypted genuine = talk.suite.encrypt("genuine");
  for (std::size_t size = 0; size < genuine.bytes.size(); ++size) {
    check_refused(
        talk.try_to_decrypt({genuine.type, to_bytes(ByteView(genuine.bytes).first(size))}),
        at_byte("a message is refused that ends before", size));
  }
  talk.expect_read(genuine, "genuine");
}

CODEC_CASE(session, every_part_of_a_first_message_is_refused,
           "A first message that is cut anywhere is refused, and the whole one is read afterwards",
           .checks = {Rule::SESSION_26, Rule::SESSION_09}) {
  Conversation talk(bench);
  talk.suite.initiate(talk.bundle);
  const signal::Encrypted genuine = talk.suite.encrypt("genuine");
  const std::size_t message_end = genuine.bytes.size();
  precondition("a first message is read", [&] {
    Conversation other(bench);
    other.suite.initiate(other.bundle);
    other.expect_read(other.suite.encrypt("genuine"), "genuine");
  });
  // What follows the message inside may be missing: a registration id that nobody reads.
  const std::size_t needed = message_end - 8;
  for (std::size_t size = 0; size < needed; size += 2) {
    check_refused(
        talk.try_to_decrypt({genuine.type, to_bytes(ByteView(genuine.bytes).first(size))}),
        at_byte("a first message is refused that ends before", size));
  }
  talk.expect_read(genuine, "genuine");
}

CODEC_CASE(
    session, wrong_padding_is_refused,
    "A message of the vectors with a right MAC and wrong padding, or no ciphertext, is refused",
    .checks = {Rule::SESSION_30}) {
  run_session_rows(bench, {"PKCS#7 padding byte 0x11", "empty ciphertext"});
}

CODEC_CASE(session, wrong_padding_leaves_the_session_usable,
           "After a message with a right MAC and wrong padding, the next genuine ones are read",
           .checks = {Rule::SESSION_30, Rule::SESSION_26}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  // Two blocks without the second: the first ends with a byte that is no padding.
  const signal::Encrypted forged = with_ciphertext(
      talk.suite, "fifteen bytes..\x11", [](Bytes& ciphertext) { ciphertext.resize(16); });
  check_refused(talk.try_to_decrypt(forged), "wrong padding is refused");
  talk.expect_read(talk.suite.encrypt("genuine"), "genuine");
  talk.say("answer");
  talk.expect_read(talk.suite.encrypt("and on it goes"), "and on it goes");
}

CODEC_CASE(session, genuine_messages_of_the_suite_are_read,
           "A message that the suite puts together itself is read, unforged",
           .checks = {Rule::SESSION_02, Rule::SESSION_09}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  talk.expect_read(with_ciphertext(talk.suite, "genuine", [](Bytes&) {}), "genuine");
}

// ---- Order

CODEC_CASE(session, any_order_is_read,
           "Messages are read in any order, across turns, and each once",
           .checks = {Rule::SESSION_19, Rule::SESSION_24}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  std::vector<signal::Encrypted> messages;
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < 4; ++i)
      messages.push_back(talk.suite.encrypt("m" + std::to_string(messages.size())));
    talk.expect_read(messages.back(), "m" + std::to_string(messages.size() - 1));
    talk.say("answer");
  }
  for (std::size_t i = messages.size(); i-- > 0;) {
    if (i % 4 == 3) continue;  // read already
    talk.expect_read(messages[i], "m" + std::to_string(i));
  }
  for (const signal::Encrypted& message : messages)
    check_refused(talk.try_to_decrypt(message), "a message is not read twice");
}

CODEC_CASE(session, repeated_messages_are_refused,
           "A message that was read is not read again, as pkmsg or as msg",
           .checks = {Rule::SESSION_24, Rule::SESSION_16}) {
  run_session_rows(bench, {"same pkmsg twice", "repeated as msg", "msg without any session"});
}

CODEC_CASE(session, jumps_of_1999_are_read, "A first message with counter 1 or 1999 is read",
           .checks = {Rule::SESSION_20}) {
  run_session_rows(bench, {"counter 1"});
}

CODEC_CASE(session, jumps_of_25001_are_refused, "A first message with counter 25001 is refused",
           .checks = {Rule::SESSION_21}) {
  run_session_rows(bench, {"counter 25001"});
}

CODEC_CASE(
    session, absurd_counters_are_refused_at_once,
    "A message with a counter of 4 thousand millions is refused, and the next genuine one is read",
    .checks = {Rule::SESSION_21, Rule::SESSION_26}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  for (const std::uint32_t counter : {30'000U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    proto::SignalMessage fields = signal_fields(talk.suite.encrypt("x").bytes);
    fields.set_counter(counter);
    // Whoever looks at the MAC first needs the key of that message.
    const Bytes body = concat({Bytes{0x33}, proto::serialize(fields), Bytes(8)});
    check_refused(talk.try_to_decrypt({signal::MessageType::kSignal, body}),
                  "a message far ahead is refused: " + std::to_string(counter));
  }
  talk.expect_read(talk.suite.encrypt("genuine"), "genuine");
}

CODEC_CASE(session, two_thousand_skipped_keys_are_kept,
           "After a jump of 1999 messages, all that were skipped are read",
           .checks = {Rule::SESSION_23, Rule::SESSION_19}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  std::vector<signal::Encrypted> skipped;
  for (int i = 0; i < 1999; ++i) skipped.push_back(talk.suite.encrypt("late"));
  talk.expect_read(talk.suite.encrypt("early"), "early");
  for (const std::size_t i : {0U, 1U, 2U, 500U, 1000U, 1997U, 1998U})
    talk.expect_read(skipped[i], "late");
}

CODEC_CASE(session, five_chains_are_kept,
           "A message that was left behind is read after four more turns",
           .checks = {Rule::SESSION_23, Rule::SESSION_19}) {
  Conversation talk(bench);
  talk.begin_from_suite();
  std::vector<signal::Encrypted> left_behind;
  for (int turn = 0; turn < 5; ++turn) {
    left_behind.push_back(talk.suite.encrypt("late"));
    talk.expect_read(talk.suite.encrypt("in time"), "in time");
    if (turn < 4) talk.say("answer");
  }
  for (const signal::Encrypted& message : left_behind) talk.expect_read(message, "late");
}

CODEC_CASE(session, archived_sessions_are_read_in_turn,
           "Messages of two sessions with one peer are read in turn, as in the vector",
           .checks = {Rule::SESSION_26, Rule::SESSION_19}) {
  const Json& vector = vector_case(kSessions, "archived-session-interleaving");
  expect_messages(bench, vector.at("input").at("bob"), vector.at("input").at("messages"),
                  vector.at("output").at("expected"), "two sessions");
}

CODEC_CASE(session, long_conversations_are_read,
           "A conversation of fifty turns is read on both sides",
           .checks = {Rule::SESSION_02, Rule::SESSION_11}) {
  Conversation talk(bench);
  talk.begin_from_codec();
  for (int turn = 0; turn < 50; ++turn) {
    const std::uint64_t count = 1 + bench.random().below(3);
    for (std::uint64_t i = 0; i < count; ++i) talk.say("from the codec");
    for (std::uint64_t i = 0; i < 4 - count; ++i)
      talk.expect_read(talk.suite.encrypt("from the suite"), "from the suite");
  }
}

}  // namespace doublecheck::harness
