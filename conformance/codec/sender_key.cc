#include "spec/signal/sender_key.h"

#include "conformance/codec/session_steps.h"
#include "spec/proto/access.h"
#include "spec/proto/signal.pb.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

constexpr std::size_t kSignatureBytes = 64;

std::uint32_t new_device(CodecBench& bench) {
  const std::uint32_t device = bench.new_handle();
  precondition("a device is created", [&] {
    accepted(bench.create_device(device, draw_device_keys(bench.random())), "a device is created");
  });
  return device;
}

// A sender of the suite's, whose key the codec's device has.
struct GroupSender {
  explicit GroupSender(CodecBench& with)
      : bench(with), device(new_device(with)), own(signal::OwnSenderKey::generate(with.random())) {
    precondition("a sender key is taken", [&] {
      accepted(bench.take_sender_key(device, kGroupName, kPeerName, distribution()),
               "a sender key is taken");
    });
  }

  Bytes distribution() const {
    return signal::encode_sender_key_distribution_message(own.distribution());
  }
  Bytes encrypt(std::string_view text) {
    return own.encrypt(as_bytes(text), {.now = {}, .random = bench.random()}).value();
  }
  Answer<Bytes> try_to_decrypt(ByteView message) {
    return bench.decrypt_from_group(device, kGroupName, kPeerName, message);
  }
  void expect_read(ByteView message, std::string_view text) {
    const Bytes plaintext = accepted(try_to_decrypt(message), "a genuine message is read");
    check(as_text(plaintext) == text, "a genuine message is read as what was written");
  }

  CodecBench& bench;
  std::uint32_t device;
  signal::OwnSenderKey own;
};

// A sender key of the codec's, and what the suite has of it.
struct CodecSender {
  explicit CodecSender(CodecBench& with) : bench(with), device(new_device(with)) {
    const PrivateKey chain_key = bench.random().array<32>();
    const PrivateKey signing_key = KeyPair::generate(bench.random()).private_key;
    distribution =
        accepted(bench.create_sender_key(device, kGroupName, 305'419'896, chain_key, signing_key),
                 "a sender key is created");
    const auto decoded = signal::decode_sender_key_distribution_message(distribution, {});
    check(decoded.has_value(), "what is distributed can be taken",
          decoded ? "" : decoded.error().to_string());
    receiver.process(*decoded);
  }

  Bytes encrypt(std::string_view text) {
    return accepted(bench.encrypt_for_group(device, kGroupName, as_bytes(text)),
                    "a message is encrypted");
  }
  std::string read(ByteView message) {
    const auto plaintext = receiver.decrypt(message, {});
    check(plaintext.has_value(), "what the codec encrypts is read",
          plaintext ? "" : plaintext.error().error.to_string());
    return to_text(*plaintext);
  }

  CodecBench& bench;
  std::uint32_t device;
  Bytes distribution;
  signal::SenderKeyRecord receiver;
};

// The messages of a recorded chain are read in order.
void read_chain(CodecBench& bench, std::string_view name) {
  const Json& vector = vector_case(kSenderKey, name);
  const Json& input = vector.at("input");
  const Json& output = vector.at("output");
  const Json& distribution = input.contains("distribution_message")
                                 ? input.at("distribution_message")
                                 : output.at("distribution_message");
  const std::uint32_t device = new_device(bench);
  accepted(bench.take_sender_key(device, kGroupName, kPeerName, bytes_of_hex(distribution)),
           "a recorded sender key is taken");
  for (const Json& message : output.at("messages")) {
    const Bytes plaintext =
        accepted(bench.decrypt_from_group(device, kGroupName, kPeerName,
                                          bytes_of_hex(message.at("serialized"))),
                 "a recorded message is read");
    check(plaintext == bytes_of_hex(message.at("plaintext")),
          "a recorded message is read as what was written");
  }
}

}  // namespace

// ---- Reading

CODEC_CASE(sender_key, recorded_chain_is_read, "A recorded chain is read, message for message",
           .checks = {Rule::SENDERKEY_01}) {
  read_chain(bench, "consecutive-iterations");
  run_sender_key_rows(bench, {"in order 0..4", "empty plaintext"});
}

CODEC_CASE(sender_key, gaps_are_read,
           "A recorded chain whose sender skips every other iteration is read",
           .checks = {Rule::SENDERKEY_08}) {
  read_chain(bench, "chain-from-baileys");
}

CODEC_CASE(sender_key, any_order_is_read, "Messages of a chain are read in any order, each once",
           .checks = {Rule::SENDERKEY_04}) {
  run_sender_key_rows(bench, {"out of order"});
}

CODEC_CASE(sender_key, later_keys_read_later_messages,
           "A key distributed at iteration 10 reads message 10 and not message 9",
           .checks = {Rule::SENDERKEY_01, Rule::SENDERKEY_04}) {
  run_sender_key_rows(bench, {"distribution at iteration 10"});
}

CODEC_CASE(sender_key, jumps_of_2000_are_read,
           "A first message with iteration 1999 or 2000 is read",
           .checks = {Rule::SENDERKEY_04, Rule::SENDERKEY_08}) {
  run_sender_key_rows(bench, {"iteration 1999", "iteration 2000"});
}

CODEC_CASE(sender_key, jumps_of_25001_are_refused,
           "A first message with iteration 25001 is refused",
           .checks = {Rule::SENDERKEY_04, Rule::SESSION_21}) {
  run_sender_key_rows(bench, {"iteration 25001"});
}

CODEC_CASE(sender_key, skipped_messages_are_read_later,
           "After a gap of a thousand messages, those that were skipped are read",
           .checks = {Rule::SENDERKEY_04}) {
  GroupSender sender(bench);
  std::vector<Bytes> skipped;
  for (int i = 0; i < 1000; ++i) skipped.push_back(sender.encrypt("late"));
  sender.expect_read(sender.encrypt("early"), "early");
  for (const std::size_t i : {999U, 0U, 500U, 1U}) sender.expect_read(skipped[i], "late");
  check_refused(sender.try_to_decrypt(skipped[0]), "a message is not read twice");
}

CODEC_CASE(sender_key, repeated_distributions_do_not_rewind,
           "A distribution message that comes again does not let an old message be read again",
           .checks = {Rule::SENDERKEY_05}) {
  run_sender_key_rows(bench, {"same distribution processed again"});
}

CODEC_CASE(sender_key, five_key_ids_are_kept,
           "Of seven keys of a sender, the last five read, and the first does not",
           .checks = {Rule::SENDERKEY_07}) {
  run_sender_key_rows(bench, {"seven distributions"});
}

CODEC_CASE(sender_key, a_new_signing_key_replaces_the_old,
           "A key with a known id and another signing key replaces the one before",
           .checks = {Rule::SENDERKEY_02, Rule::SENDERKEY_05}) {
  run_sender_key_rows(bench, {"same id, new signing key"});
}

CODEC_CASE(sender_key, keys_belong_to_one_sender_and_group,
           "A sender's key does not read what comes in another's name or in another group",
           .checks = {Rule::SENDERKEY_02}) {
  GroupSender sender(bench);
  precondition("a genuine message is read",
               [&] { sender.expect_read(sender.encrypt("genuine"), "genuine"); });
  const Bytes message = sender.encrypt("genuine");
  check_refused(
      bench.decrypt_from_group(sender.device, kGroupName, "15550009999:1@s.whatsapp.net", message),
      "a message in another's name is refused");
  check_refused(
      bench.decrypt_from_group(sender.device, "120363000000000002@g.us", kPeerName, message),
      "a message in another group is refused");
  sender.expect_read(message, "genuine");
}

// ---- Forgery

CODEC_CASE(
    sender_key, wrong_signatures_are_refused,
    "A message with a bad signature, a changed ciphertext or by another key is refused, and harms nothing",
    .checks = {Rule::SENDERKEY_02}) {
  run_sender_key_rows(bench, {"bad signature", "ciphertext bit flipped", "signed by another key"});
}

CODEC_CASE(sender_key, every_byte_of_a_signature_counts,
           "A message is refused with any one byte of its signature changed, and read afterwards",
           .checks = {Rule::SENDERKEY_02}) {
  GroupSender sender(bench);
  precondition("a genuine message is read",
               [&] { sender.expect_read(sender.encrypt("genuine"), "genuine"); });
  const Bytes message = sender.encrypt("genuine");
  for (std::size_t at = message.size() - kSignatureBytes; at < message.size(); ++at)
    check_refused(sender.try_to_decrypt(flipped(message, at)),
                  at_byte("a changed signature is refused", at));
  sender.expect_read(message, "genuine");
}

CODEC_CASE(sender_key, every_byte_of_a_message_counts,
           "A message is refused with any one of its bytes changed, and read afterwards",
           .checks = {Rule::SENDERKEY_02}) {
  GroupSender sender(bench);
  precondition("a genuine message is read",
               [&] { sender.expect_read(sender.encrypt("genuine"), "genuine"); });
  const Bytes message = sender.encrypt("genuine");
  for (std::size_t at = 0; at < message.size() - kSignatureBytes; ++at)
    check_refused(sender.try_to_decrypt(flipped(message, at)),
                  at_byte("a changed message is refused", at));
  sender.expect_read(message, "genuine");
}

CODEC_CASE(sender_key, every_part_of_a_message_is_refused,
           "A message that is cut anywhere is refused, and the whole one is read afterwards",
           .checks = {Rule::SENDERKEY_02, Rule::SENDERKEY_01}) {
  run_sender_key_rows(bench, {"1-byte message", "unknown key id", "without distribution"});
  GroupSender sender(bench);
  precondition("a genuine message is read",
               [&] { sender.expect_read(sender.encrypt("genuine"), "genuine"); });
  const Bytes message = sender.encrypt("genuine");
  for (std::size_t size = 0; size < message.size(); ++size)
    check_refused(sender.try_to_decrypt(ByteView(message).first(size)),
                  at_byte("a message is refused that ends before", size));
  sender.expect_read(message, "genuine");
}

CODEC_CASE(sender_key, other_versions_are_refused,
           "Messages and distribution messages of another version than 3 are refused",
           .checks = {Rule::SENDERKEY_03}) {
  run_sender_key_rows(bench, {"message version byte 0x43", "message version byte 0x23",
                              "message version byte 0x00", "distribution version byte 0x43",
                              "distribution version byte 0x23", "distribution version byte 0x00"});
}

CODEC_CASE(sender_key, malformed_distributions_are_refused,
           "A distribution message with a missing field, or a key of another size, is refused",
           .checks = {Rule::SENDERKEY_06}) {
  run_sender_key_rows(bench, {"32-byte signing key", "31-byte chain key", "without chain key"});
}

CODEC_CASE(
    sender_key, every_part_of_a_distribution_is_refused,
    "A distribution message that is cut anywhere is refused, and the whole one is taken afterwards",
    .checks = {Rule::SENDERKEY_06}) {
  GroupSender sender(bench);
  const std::uint32_t other = new_device(bench);
  const Bytes distribution = sender.distribution();
  for (std::size_t size = 0; size < distribution.size(); ++size) {
    check_refused(
        bench.take_sender_key(other, kGroupName, kPeerName, ByteView(distribution).first(size)),
        at_byte("a distribution is refused that ends before", size));
  }
  accepted(bench.take_sender_key(other, kGroupName, kPeerName, distribution),
           "a whole one is taken");
  check(accepted(bench.decrypt_from_group(other, kGroupName, kPeerName, sender.encrypt("genuine")),
                 "a genuine message is read") == to_bytes("genuine"),
        "a genuine message is read as what was written");
}

// ---- Writing

CODEC_CASE(sender_key, messages_are_understood,
           "What is encrypted under a sender key is read by whoever has its distribution message",
           .checks = {Rule::SENDERKEY_01, Rule::SENDERKEY_02}) {
  CodecSender sender(bench);
  for (int i = 0; i < 20; ++i) {
    const std::string text(static_cast<std::size_t>(i), 'x');
    check(sender.read(sender.encrypt(text)) == text, "a message is read as what was written");
  }
}

CODEC_CASE(
    sender_key, messages_have_their_parts,
    "A message is the byte 33, a protobuf with id, iteration and ciphertext, and 64 bytes of signature",
    .checks = {Rule::SENDERKEY_01}) {
  CodecSender sender(bench);
  std::uint32_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const Bytes message = sender.encrypt("text");
    check(message.front() == 0x33, "a message begins with 33", to_hex(message));
    proto::SenderKeyMessage fields;
    check(message.size() > 1 + kSignatureBytes &&
              proto::parse(ByteView(message).subspan(1, message.size() - 1 - kSignatureBytes),
                           fields),
          "a message is a protobuf and a signature", to_hex(message));
    check(fields.has_id() && fields.has_iteration() && fields.has_ciphertext(),
          "a message has all three fields", to_hex(message));
    check(i == 0 || fields.iteration() > last, "iterations go up");
    last = fields.iteration();
    check(sender.read(message) == "text", "and it is read");
  }
}

CODEC_CASE(
    sender_key, distributions_have_their_parts,
    "A distribution message is the byte 33 and a protobuf with a chain key of 32 and a signing key of 33 bytes",
    .checks = {Rule::KEY_02, Rule::SENDERKEY_06}) {
  CodecSender sender(bench);
  check(sender.distribution.front() == 0x33, "it begins with 33", to_hex(sender.distribution));
  proto::SenderKeyDistributionMessage fields;
  check(proto::parse(ByteView(sender.distribution).subspan(1), fields), "it is a protobuf");
  check(fields.has_id() && fields.has_iteration(), "it has id and iteration");
  check(fields.chain_key().size() == 32, "its chain key has 32 bytes");
  check(fields.signing_key().size() == 33 && fields.signing_key().front() == 5,
        "its signing key has its type");
}

}  // namespace doublecheck::harness
