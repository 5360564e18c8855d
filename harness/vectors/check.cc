#include "harness/vectors/check.h"

#include <array>
#include <utility>

#include "harness/suite/codec_bench.h"
#include "harness/suite/verdict.h"
#include "harness/vectors/byte_expression.h"
#include "harness/vectors/node_json.h"
#include "spec/base/random.h"
#include "spec/pairing/device_identity.h"
#include "spec/wire/jid.h"

namespace doublecheck::corpus {
namespace {

using harness::Answer;
using harness::CodecBench;
using harness::Refusal;

// The names under which a sequence keeps what it is about.
constexpr std::string_view kPeer = "15550002222:1@s.whatsapp.net";
constexpr std::string_view kGroup = "120363000000000001@g.us";

Bytes bytes_in(const Json& object, const char* member) { return expand(object.at(member)); }

// A key of an object; 33-byte forms have a type in front.
PublicKey key_in(const Json& object, const char* member) {
  const Bytes bytes = bytes_in(object, member);
  if (bytes.size() != 32) throw std::runtime_error(std::string(member) + " is no key");
  PublicKey key{};
  std::ranges::copy(bytes, key.begin());
  return key;
}

void expect_bytes(const Json& expected, ByteView actual, std::string_view what) {
  constexpr std::size_t kShown = 64;
  harness::check(
      stands_for(expected, actual), what,
      to_hex(actual.first(std::min(actual.size(), kShown))) + (actual.size() > kShown ? "…" : ""));
}

// An answer of bytes, which is the member of the output or, if there is no output, a refusal.
void expect_answer(const Vector& vector, const char* member, const Answer<Bytes>& answer) {
  if (vector.must_reject()) {
    harness::check_refused(answer, "the input is refused");
  } else {
    expect_bytes(vector.output.at(member), harness::accepted(answer, "the input is accepted"),
                 member);
  }
}

// ---- One function for each operation

void encode_frame(const Vector& vector, CodecBench& bench) {
  const Bytes payload = bytes_in(vector.input, "payload");
  if (!vector.input.value("first", false)) {
    expect_answer(vector, "frame", bench.encode_frame(payload));
    return;
  }
  std::optional<Bytes> routing_info;
  if (vector.input.contains("routing_info")) routing_info = bytes_in(vector.input, "routing_info");
  expect_answer(vector, "frame", bench.encode_first_frame(payload, routing_info));
}

void decode_frames(const Vector& vector, CodecBench& bench) {
  std::vector<Bytes> chunks;
  for (const Json& chunk : vector.input.at("chunks")) chunks.push_back(expand(chunk));
  const auto complete = harness::accepted(bench.decode_frames(chunks), "the stream is read");
  const Json& expected = vector.output.at("chunks");
  harness::check(complete.size() == expected.size(), "there is an answer to each chunk");
  for (std::size_t i = 0; i < complete.size(); ++i) {
    harness::check(complete[i].size() == expected[i].size(), "as many frames are complete",
                   std::to_string(complete[i].size()) + " after chunk " + std::to_string(i));
    for (std::size_t j = 0; j < complete[i].size(); ++j)
      expect_bytes(expected[i][j], complete[i][j], "frame");
  }
}

void expect_node(const Json& expected, const Answer<wire::Node>& answer, CodecBench& bench) {
  const wire::Node node = harness::accepted(answer, "the payload is read");
  harness::check(bench.is_same(node, node_of(expected)), "it is read as the node");
}

void encode_payload(const Vector& vector, CodecBench& bench) {
  expect_answer(vector, "payload", bench.encode_payload(node_of(vector.input.at("node"))));
}

void encode_and_decode_payload(const Vector& vector, CodecBench& bench) {
  const wire::Node node = node_of(vector.input.at("node"));
  const Bytes payload = harness::accepted(bench.encode_payload(node), "the node is written");
  expect_bytes(vector.output.at("payload"), payload, "payload");
  expect_node(vector.output.value("decoded", vector.input.at("node")),
              bench.decode_payload(payload), bench);
}

void decode_payload(const Vector& vector, CodecBench& bench) {
  const Bytes payload = bytes_in(vector.input, "payload");
  if (vector.must_reject()) {
    harness::check_refused(bench.try_to_decode_payload(payload), "the payload is refused");
  } else if (vector.output.contains("node")) {
    expect_node(vector.output.at("node"), bench.decode_payload(payload), bench);
  } else {
    harness::accepted(bench.try_to_decode_payload(payload), "the payload is read");
  }
}

void agree(const Vector& vector, CodecBench& bench) {
  expect_answer(
      vector, "secret",
      bench.agree(key_in(vector.input, "private_key"), key_in(vector.input, "public_key")));
}

void public_key(const Vector& vector, CodecBench& bench) {
  expect_answer(vector, "public_key", bench.public_key(key_in(vector.input, "private_key")));
}

void verify(const Vector& vector, CodecBench& bench) {
  const bool valid =
      bench.verify(key_in(vector.input, "public_key"), bytes_in(vector.input, "message"),
                   bytes_in(vector.input, "signature"));
  harness::check(valid == vector.must_accept(), "the signature is told to be what it is",
                 valid ? "valid" : "not valid");
}

void derive_key(const Vector& vector, CodecBench& bench) {
  expect_answer(vector, "key",
                bench.derive_key(bytes_in(vector.input, "input"), bytes_in(vector.input, "salt"),
                                 bytes_in(vector.input, "info"), vector.input.at("size")));
}

void expect_each(const Json& input, const Json& output, std::string_view what,
                 const std::function<Answer<Bytes>(ByteView)>& operation) {
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto answer = operation(expand(input[i]));
    if (output[i].is_null()) {
      harness::check_refused(answer, std::string(what) + " is refused");
    } else {
      expect_bytes(output[i], harness::accepted(answer, std::string(what) + " is accepted"), what);
    }
  }
}

void handshake(const Vector& vector, CodecBench& bench) {
  const Json& input = vector.input;
  harness::HandshakeKeys keys{.static_key = key_in(input, "static_private_key"),
                              .trust_root = key_in(input, "trust_root"),
                              .payload = bytes_in(input, "payload"),
                              .ephemeral_key = key_in(input, "ephemeral_private_key")};
  if (input.contains("server_static_key")) keys.resume_with = key_in(input, "server_static_key");
  keys.intro = bytes_in(input, "intro");
  const std::uint32_t handle = bench.new_handle();
  const Bytes hello = harness::accepted(bench.start_handshake(handle, keys), "it is begun");
  const auto finish = bench.finish_handshake(handle, bytes_in(input, "server_hello"));
  if (vector.must_reject()) {
    harness::check_refused(finish, "the ServerHello is refused");
    return;
  }
  expect_bytes(vector.output.at("client_hello"), hello, "ClientHello");
  expect_bytes(vector.output.at("client_finish"),
               harness::accepted(finish, "the ServerHello is accepted"), "ClientFinish");
  expect_each(input.at("seal"), vector.output.at("sealed"), "a frame to seal",
              [&](ByteView plaintext) { return bench.seal(handle, plaintext); });
  expect_each(input.at("open"), vector.output.at("opened"), "a frame to open",
              [&](ByteView ciphertext) { return bench.open(handle, ciphertext); });
}

std::vector<harness::CodecPrekey> prekeys_in(const Json& device, const char* member) {
  std::vector<harness::CodecPrekey> prekeys;
  for (const Json& prekey : device.at(member))
    prekeys.push_back({prekey.at("id"), key_in(prekey, "private_key")});
  return prekeys;
}

// What became of one message after the other.
void expect_sequence(const Vector& vector,
                     const std::function<Answer<Bytes>(const Json& message)>& read) {
  const Json& messages = vector.input.at("messages");
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto answer = read(messages[i]);
    harness::check(answer.has_value() == vector.output.at("accepted").at(i),
                   "message " + std::to_string(i) + " gets its verdict",
                   answer ? "accepted" : "refused: " + answer.error().reason);
    if (answer && vector.output.contains("plaintexts"))
      expect_bytes(vector.output.at("plaintexts").at(i), *answer, "plaintext");
  }
}

void decrypt(const Vector& vector, CodecBench& bench) {
  const Json& device = vector.input.at("device");
  const std::uint32_t handle = bench.new_handle();
  harness::accepted(
      bench.create_device(handle, {.identity_key = key_in(device, "identity_private_key"),
                                   .registration_id = device.at("registration_id"),
                                   .signed_prekeys = prekeys_in(device, "signed_prekeys"),
                                   .one_time_prekeys = prekeys_in(device, "one_time_prekeys")}),
      "a device is made");
  expect_sequence(vector, [&](const Json& message) {
    return bench.decrypt(handle, kPeer,
                         {.type = message.at("type") == "pkmsg" ? signal::MessageType::kPrekey
                                                                : signal::MessageType::kSignal,
                          .bytes = bytes_in(message, "data")});
  });
}

void decrypt_from_group(const Vector& vector, CodecBench& bench) {
  const std::uint32_t handle = bench.new_handle();
  const KeyPair identity = KeyPair::generate(bench.random());
  const KeyPair prekey = KeyPair::generate(bench.random());
  harness::accepted(bench.create_device(handle, {.identity_key = identity.private_key,
                                                 .registration_id = 1,
                                                 .signed_prekeys = {{1, prekey.private_key}}}),
                    "a device is made");
  expect_sequence(vector, [&](const Json& message) -> Answer<Bytes> {
    const Bytes data = bytes_in(message, "data");
    if (message.at("type") != "distribution")
      return bench.decrypt_from_group(handle, kGroup, kPeer, data);
    const auto taken = bench.take_sender_key(handle, kGroup, kPeer, data);
    if (!taken) return std::unexpected(taken.error());
    return Bytes{};
  });
}

void unpad(const Vector& vector, CodecBench& bench) {
  expect_answer(vector, "data", bench.unpad(bytes_in(vector.input, "data")));
}

void phash(const Vector& vector, CodecBench& bench) {
  std::vector<wire::Jid> devices;
  for (const Json& device : vector.input.at("devices"))
    devices.push_back(wire::parse_jid(device.get<std::string>()).value());
  const std::string text = harness::accepted(bench.phash(devices), "the devices are hashed");
  harness::check(Json(text) == vector.output.at("text"), "the hash is this", text);
}

void parse_qr(const Vector& vector, CodecBench& bench) {
  const auto answer = bench.parse_qr(vector.input.at("text").get<std::string>());
  if (vector.must_reject()) {
    harness::check_refused(answer, "the text is refused");
    return;
  }
  const pairing::QrContent content = harness::accepted(answer, "the text is read");
  harness::check(Json(content.ref) == vector.output.at("ref"), "ref", content.ref);
  expect_bytes(vector.output.at("noise_key"), content.noise_key, "noise_key");
  expect_bytes(vector.output.at("identity_key"), content.identity_key, "identity_key");
  expect_bytes(vector.output.at("adv_secret"), content.adv_secret, "adv_secret");
}

// Signatures are randomised: this one is verified.
void expect_device_signature(const Vector& vector, ByteView encoded) {
  const auto identity = pairing::decode_signed_device_identity(encoded);
  harness::check(identity.has_value(), "the answer is a signed device identity");
  const auto verified = pairing::verify_device_identity(
      *identity, key_in(vector.output, "account_key"),
      KeyPair::from_private(key_in(vector.input, "identity_private_key")).public_key, {});
  harness::check(verified.has_value(), "both of its signatures are valid");
}

void accept_identity(const Vector& vector, CodecBench& bench) {
  const auto answer =
      bench.accept_identity(bytes_in(vector.input, "container"), key_in(vector.input, "adv_secret"),
                            key_in(vector.input, "identity_private_key"));
  if (vector.must_reject()) {
    harness::check_refused(answer, "the identity is refused");
    return;
  }
  const auto identity = harness::accepted(answer, "the identity is accepted");
  harness::check(identity.key_index == vector.output.at("key_index"), "the key index is told",
                 std::to_string(identity.key_index));
  expect_device_signature(vector, identity.device_identity);
}

void verify_identity(const Vector& vector, CodecBench& bench) {
  const bool valid = bench.verify_identity(bytes_in(vector.input, "signed_identity"),
                                           key_in(vector.input, "account_key"),
                                           key_in(vector.input, "companion_key"));
  harness::check(valid == vector.must_accept(), "the identity is told to be what it is",
                 valid ? "valid" : "not valid");
}

void verify_key_index_list(const Vector& vector, CodecBench& bench) {
  const auto answer = bench.verify_key_index_list(bytes_in(vector.input, "signed_list"),
                                                  key_in(vector.input, "account_key"));
  if (vector.must_reject()) {
    harness::check_refused(answer, "the list is refused");
    return;
  }
  const auto list = harness::accepted(answer, "the list is believed");
  const Json read = {{"raw_id", list.raw_id},
                     {"timestamp", list.timestamp},
                     {"current_index", list.current_index},
                     {"valid_indexes", list.valid_indexes}};
  harness::check(read == vector.output, "the list is read as what it says", read.dump());
}

void unwrap_pairing_key(const Vector& vector, CodecBench& bench) {
  expect_answer(vector, "public_key",
                bench.unwrap_pairing_key(vector.input.at("code").get<std::string>(),
                                         bytes_in(vector.input, "wrapped")));
}

struct Execution {
  std::string_view operation;
  void (*run)(const Vector&, CodecBench&);
};

constexpr auto kExecutions = std::to_array<Execution>({
    {"encode_frame", encode_frame},
    {"decode_frames", decode_frames},
    {"encode_payload", encode_payload},
    {"encode_and_decode_payload", encode_and_decode_payload},
    {"decode_payload", decode_payload},
    {"public_key", public_key},
    {"agree", agree},
    {"verify", verify},
    {"derive_key", derive_key},
    {"handshake", handshake},
    {"decrypt", decrypt},
    {"decrypt_from_group", decrypt_from_group},
    {"unpad", unpad},
    {"phash", phash},
    {"parse_qr", parse_qr},
    {"accept_identity", accept_identity},
    {"verify_identity", verify_identity},
    {"verify_key_index_list", verify_key_index_list},
    {"unwrap_pairing_key", unwrap_pairing_key},
});

const Execution* find_execution(std::string_view operation) {
  const auto* const found = std::ranges::find(kExecutions, operation, &Execution::operation);
  return found == kExecutions.end() ? nullptr : found;
}

}  // namespace

bool is_executable(std::string_view operation) { return find_execution(operation) != nullptr; }

CheckResult check_vector(const Vector& vector, harness::CodecUnderTest& codec,
                         const harness::CodecDescription& description) {
  const Execution* const execution = find_execution(vector.operation);
  if (execution == nullptr || !(vector.must_accept() || vector.must_reject())) return {};
  CodecBench bench(codec, description, std::make_unique<SeededRandom>(1));
  try {
    execution->run(vector, bench);
  } catch (const harness::CaseEnded& ended) {
    const bool unsupported = ended.verdict == report::Verdict::kUnsupported;
    // What a process says when it dies is not the same each time.
    if (bench.broken())
      return {.agreement = Agreement::kDisagrees, .answer = "no answer", .broken = true};
    return {.agreement = unsupported ? Agreement::kUnsupported : Agreement::kDisagrees,
            .answer = std::string(ended.what()) + ": " + ended.actual};
  }
  return {.agreement = Agreement::kAgrees};
}

}  // namespace doublecheck::corpus
