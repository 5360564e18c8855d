#include "conformance/codec/steps.h"
#include "spec/noise/certificate.h"
#include "spec/noise/handshake_message.h"
#include "spec/noise/server_handshake.h"
#include "spec/noise/transport_cipher.h"

namespace doublecheck::harness {
using namespace conformance;

namespace {

constexpr noise::Validity kNoiseValidity = {.not_before = 1'577'836'800,  // 2020
                                            .not_after = 4'102'444'800};  // 2100

// A server that the codec trusts, unless something is done about that.
struct NoiseServer {
  explicit NoiseServer(RandomSource& source)
      : random(source),
        authority(noise::CertificateAuthority::generate(source)),
        static_key(KeyPair::generate(source)),
        chain(authority.issue(static_key.public_key, kNoiseValidity, source)) {}

  Context context() { return {.now = {}, .random = random}; }
  noise::ServerHandshakeConfig config() const {
    noise::ServerHandshakeConfig config;
    config.static_key = static_key;
    config.certificate_chain = noise::encode_certificate_chain(chain);
    return config;
  }

  RandomSource& random;
  noise::CertificateAuthority authority;
  KeyPair static_key;
  noise::CertificateChain chain;
};

HandshakeKeys keys_for(NoiseServer& server) {
  HandshakeKeys keys;
  keys.static_key = KeyPair::generate(server.random).private_key;
  keys.trust_root = server.authority.root.public_key;
  keys.payload = to_bytes("what the client says of itself");
  return keys;
}

// A handshake as far as the ServerHello.
struct Greeted {
  std::uint32_t handle = 0;
  HandshakeKeys keys;
  noise::ServerHandshake server;
  Bytes server_hello;
};

Greeted greet(CodecBench& bench, NoiseServer& server, const noise::ServerHandshakeConfig& config) {
  Greeted greeted{.handle = bench.new_handle(),
                  .keys = keys_for(server),
                  .server = noise::ServerHandshake(config),
                  .server_hello = {}};
  const Bytes hello =
      accepted(bench.start_handshake(greeted.handle, greeted.keys), "a handshake is begun");
  auto step = greeted.server.on_message(hello, server.context());
  check(step.has_value() && step->server_hello.has_value(), "the ClientHello begins a handshake",
        step ? "" : step.error().to_string());
  greeted.server_hello = *step->server_hello;
  return greeted;
}

// The whole handshake; the server's end of it.
struct Connected {
  std::uint32_t handle = 0;
  noise::EstablishedClient client;
};

Connected connect(CodecBench& bench, NoiseServer& server,
                  const noise::ServerHandshakeConfig& config) {
  Greeted greeted = greet(bench, server, config);
  const Bytes finish = accepted(bench.finish_handshake(greeted.handle, greeted.server_hello),
                                "a good ServerHello is answered");
  auto step = greeted.server.on_message(finish, server.context());
  check(step.has_value() && step->established.has_value(), "the ClientFinish convinces the server",
        step ? "" : step.error().to_string());
  check(equal(step->established->payload, greeted.keys.payload), "the payload is the one given");
  const KeyPair own = KeyPair::from_private(greeted.keys.static_key);
  check(step->established->static_key == own.public_key, "the static key is the one given");
  return {greeted.handle, *std::move(step->established)};
}

Connected connect(CodecBench& bench, NoiseServer& server) {
  return connect(bench, server, server.config());
}

// A ServerHello of such a server is refused, while one of a good server is answered.
void refuse_server(CodecBench& bench, NoiseServer& server,
                   const noise::ServerHandshakeConfig& config, std::string_view sentence) {
  const Greeted greeted = greet(bench, server, config);
  check_refused(bench.finish_handshake(greeted.handle, greeted.server_hello), sentence);
}

void good_server_is_answered(CodecBench& bench, NoiseServer& server) {
  precondition("a good server is answered", [&] { connect(bench, server); });
}

// A chain like the server's with one part changed.
noise::ServerHandshakeConfig with_chain(const NoiseServer& server,
                                        const std::function<void(noise::CertificateChain&)>& edit) {
  noise::CertificateChain chain = server.chain;
  edit(chain);
  noise::ServerHandshakeConfig config = server.config();
  config.faults.certificate_chain = noise::encode_certificate_chain(chain);
  return config;
}

// With a chain of these certificates, each signed as it should be.
noise::ServerHandshakeConfig with_certificates(
    NoiseServer& server, const std::function<void(noise::CertificateDetails& intermediate,
                                                  noise::CertificateDetails& leaf)>& edit) {
  noise::CertificateDetails intermediate = server.authority.intermediate_details(kNoiseValidity);
  noise::CertificateDetails leaf =
      server.authority.leaf_details(server.static_key.public_key, kNoiseValidity);
  edit(intermediate, leaf);
  return with_chain(server, [&](noise::CertificateChain& chain) {
    chain.intermediate =
        noise::sign_certificate(intermediate, server.authority.root.private_key, server.random);
    chain.leaf =
        noise::sign_certificate(leaf, server.authority.intermediate.private_key, server.random);
  });
}

struct SignedDefect {
  std::string_view what;
  std::function<void(noise::CertificateDetails& intermediate, noise::CertificateDetails& leaf)>
      edit;
};

// The same chain is accepted without a defect.
void refuse_signed_defects(CodecBench& bench, const std::vector<SignedDefect>& defects) {
  NoiseServer server(bench.random());
  precondition("a chain that was signed anew is accepted",
               [&] { connect(bench, server, with_certificates(server, [](auto&, auto&) {})); });
  for (const SignedDefect& defect : defects) {
    refuse_server(bench, server, with_certificates(server, defect.edit),
                  std::string(defect.what) + " is refused");
  }
}

// With one encrypted field of the ServerHello flipped at each of its bytes in turn.
void refuse_every_byte_of_field(CodecBench& bench, bool of_static_key, std::string_view sentence) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  for (std::size_t at = 0;; ++at) {
    const Greeted greeted = greet(bench, server, server.config());
    auto message = noise::decode_handshake_message(greeted.server_hello).value();
    Bytes& field =
        of_static_key ? *message.server_hello->static_key : *message.server_hello->payload;
    if (at >= field.size()) break;
    field = flipped(field, at);
    check_refused(bench.finish_handshake(greeted.handle, noise::encode_handshake_message(message)),
                  at_byte(sentence, at));
  }
}

using CertificateBytes = Bytes& (*)(noise::CertificateChain&);
Bytes& leaf_signature(noise::CertificateChain& chain) { return *chain.leaf->signature; }
Bytes& leaf_details(noise::CertificateChain& chain) { return *chain.leaf->details; }
Bytes& intermediate_signature(noise::CertificateChain& chain) {
  return *chain.intermediate->signature;
}
Bytes& intermediate_details(noise::CertificateChain& chain) { return *chain.intermediate->details; }

void refuse_every_byte_of_chain(CodecBench& bench, CertificateBytes part,
                                std::string_view sentence) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  const std::size_t size = part(server.chain).size();
  for (std::size_t at = 0; at < size; ++at) {
    refuse_server(
        bench, server,
        with_chain(server,
                   [&](noise::CertificateChain& chain) { part(chain) = flipped(part(chain), at); }),
        at_byte(sentence, at));
  }
}

// ---- The transcripts of the vectors

HandshakeKeys keys_of_vector(const Json& input) {
  HandshakeKeys keys;
  keys.static_key = private_key_of(input.at("client_static"));
  keys.trust_root = public_key_of(input.at("root_ca"));
  keys.payload = bytes_of_hex(input.at("client_payload"));
  keys.ephemeral_key = private_key_of(input.at("client_ephemeral"));
  keys.intro = bytes_of_hex(input.at("prologue"));
  return keys;
}

noise::HandshakeMessage handshake_message(ByteView bytes) {
  auto message = noise::decode_handshake_message(bytes);
  check(message.has_value(), "what is sent is a handshake message", to_hex(bytes));
  return *std::move(message);
}

// The ClientHello, if the codec lets its ephemeral key be given.
noise::HandshakeMessage hello_of_vector(CodecBench& bench, std::uint32_t handle, const Json& vector,
                                        const HandshakeKeys& keys) {
  const Bytes hello = accepted(bench.start_handshake(handle, keys), "a handshake is begun");
  noise::HandshakeMessage message = handshake_message(hello);
  check(message.client_hello.has_value(), "a handshake begins with a ClientHello");
  const PublicKey ephemeral = public_key_of(vector.at("input").at("client_ephemeral"));
  if (message.client_hello->ephemeral != to_bytes(ephemeral))
    unsupported("the codec cannot be given an ephemeral key");
  return message;
}

// Keys of the transport phase, as the server has them.
noise::TransportCipher cipher_of_vector(const Json& output) {
  return {key_of(output.at("k2_server_to_client")), key_of(output.at("k1_client_to_server"))};
}

void check_transport(CodecBench& bench, std::uint32_t handle, const Json& output) {
  noise::TransportCipher server = cipher_of_vector(output);
  const auto opened =
      server.open(accepted(bench.seal(handle, as_bytes("ping")), "a frame is sealed"));
  check(opened && *opened == to_bytes("ping"), "the first frame is under the client's key");
  const Bytes sealed = server.seal(as_bytes("pong")).value();
  check(accepted(bench.open(handle, sealed), "a frame is opened") == to_bytes("pong"),
        "the first frame received is under the server's key");
}

}  // namespace

CODEC_CASE(
    noise, xx_is_the_transcript,
    "With the keys of the vector, every message of XX and every transport frame is that of the vector",
    .checks = {Rule::NOISE_01, Rule::NOISE_03, Rule::NOISE_04, Rule::NOISE_06, Rule::NOISE_07}) {
  const Json& vector = vector_case(kNoise, "noise-xx");
  const Json& output = vector.at("output");
  const std::uint32_t handle = bench.new_handle();
  const HandshakeKeys keys = keys_of_vector(vector.at("input"));
  hello_of_vector(bench, handle, vector, keys);
  const Bytes finish =
      accepted(bench.finish_handshake(handle, bytes_of_hex(output.at("server_hello_protobuf"))),
               "the ServerHello of the vector is answered");
  const noise::HandshakeMessage message = handshake_message(finish);
  check(message.client_finish.has_value(), "the answer is a ClientFinish");
  check(message.client_finish->static_key == bytes_of_hex(output.at("client_static_ciphertext")),
        "the static key is encrypted as in the vector");
  check(message.client_finish->payload == bytes_of_hex(output.at("client_payload_ciphertext")),
        "the payload is encrypted as in the vector");
  for (const Json& frame : output.at("transport").at("client_to_server")) {
    check(accepted(bench.seal(handle, bytes_of_hex(frame.at("plaintext"))), "a frame is sealed") ==
              bytes_of_hex(frame.at("ciphertext")),
          "a frame is sealed as in the vector");
  }
  for (const Json& frame : output.at("transport").at("server_to_client")) {
    check(accepted(bench.open(handle, bytes_of_hex(frame.at("ciphertext"))), "a frame is opened") ==
              bytes_of_hex(frame.at("plaintext")),
          "a frame is opened as in the vector");
  }
}

CODEC_CASE(
    noise, ik_is_the_transcript,
    "With the keys of the vector, the ClientHello of IK is that of the vector, and both keys",
    .checks = {Rule::NOISE_01, Rule::NOISE_03}) {
  const Json& vector = vector_case(kNoise, "noise-ik");
  const Json& output = vector.at("output");
  const std::uint32_t handle = bench.new_handle();
  HandshakeKeys keys = keys_of_vector(vector.at("input"));
  keys.resume_with = key_of(vector.at("input").at("cached_server_static"));
  check(hello_of_vector(bench, handle, vector, keys) ==
            handshake_message(bytes_of_hex(output.at("client_hello_protobuf"))),
        "the ClientHello is that of the vector");
  check(accepted(bench.finish_handshake(handle, bytes_of_hex(output.at("server_hello_protobuf"))),
                 "the ServerHello of the vector is taken")
            .empty(),
        "an accepted resumption needs no ClientFinish");
  check_transport(bench, handle, output);
}

CODEC_CASE(
    noise, xxfallback_is_the_transcript,
    "With the keys of the vector, the ClientFinish of XXfallback is that of the vector, and both keys",
    .checks = {Rule::NOISE_01, Rule::NOISE_03}) {
  const Json& vector = vector_case(kNoise, "noise-xxfallback");
  const Json& output = vector.at("output");
  const std::uint32_t handle = bench.new_handle();
  HandshakeKeys keys = keys_of_vector(vector.at("input"));
  keys.resume_with = public_key_of(vector.at("input").at("server_static"));
  hello_of_vector(bench, handle, vector, keys);
  const Bytes finish =
      accepted(bench.finish_handshake(handle, bytes_of_hex(output.at("server_hello_protobuf"))),
               "the ServerHello of the vector is answered");
  check(handshake_message(finish) ==
            handshake_message(bytes_of_hex(output.at("client_finish_protobuf"))),
        "the ClientFinish is that of the vector");
  check_transport(bench, handle, output);
}

CODEC_CASE(noise, handshake_convinces_a_server,
           "A handshake with keys that nobody has prescribed convinces a server",
           .checks = {Rule::NOISE_03, Rule::NOISE_04, Rule::NOISE_01}) {
  NoiseServer server(bench.random());
  for (int i = 0; i < 3; ++i) connect(bench, server);
}

CODEC_CASE(noise, ephemeral_keys_are_fresh, "Two handshakes have two ephemeral keys",
           .checks = {Rule::NOISE_09}) {
  NoiseServer server(bench.random());
  const HandshakeKeys keys = keys_for(server);
  const auto ephemeral = [&] {
    const Bytes hello =
        accepted(bench.start_handshake(bench.new_handle(), keys), "a handshake is begun");
    const noise::HandshakeMessage message = handshake_message(hello);
    check(message.client_hello && message.client_hello->ephemeral &&
              message.client_hello->ephemeral->size() == 32,
          "a ClientHello has an ephemeral key");
    return *message.client_hello->ephemeral;
  };
  check(ephemeral() != ephemeral(), "no ephemeral key is used again");
}

CODEC_CASE(
    noise, frames_are_counted_each_way,
    "Hundreds of frames each way, empty ones too, are sealed and opened under their counters",
    .checks = {Rule::NOISE_06, Rule::NOISE_07}) {
  NoiseServer server(bench.random());
  Connected connected = connect(bench, server);
  for (std::size_t i = 0; i < 300; ++i) {
    const Bytes plaintext = bench.random().bytes(i % 50);
    const auto opened = connected.client.cipher.open(
        accepted(bench.seal(connected.handle, plaintext), "a frame is sealed"));
    check(opened && *opened == plaintext, at_byte("a frame sent is under its counter", i));
    const Bytes sealed = connected.client.cipher.seal(plaintext).value();
    check(accepted(bench.open(connected.handle, sealed), "a frame is opened") == plaintext,
          at_byte("a frame received is under its counter", i));
  }
}

CODEC_CASE(noise, every_byte_of_a_frame_counts,
           "A transport frame with any one byte changed is refused",
           .checks = {Rule::NOISE_14, Rule::NOISE_07}) {
  NoiseServer server(bench.random());
  const Bytes plaintext = to_bytes("a frame of the server's");
  for (std::size_t at = 0; at < plaintext.size() + 16; ++at) {
    // On a connection of its own: a library may give up one that had a bad frame.
    Connected connected = precondition("a good frame is opened", [&] {
      Connected made = connect(bench, server);
      const Bytes sealed = made.client.cipher.seal(plaintext).value();
      check(accepted(bench.open(made.handle, sealed), "a frame is opened") == plaintext,
            "a good frame is opened");
      return made;
    });
    const Bytes sealed = connected.client.cipher.seal(plaintext).value();
    check_refused(bench.open(connected.handle, flipped(sealed, at)),
                  at_byte("a changed frame is refused", at));
  }
}

CODEC_CASE(noise, repeated_frames_are_refused,
           "A transport frame that was opened is not opened again", .checks = {Rule::NOISE_07}) {
  NoiseServer server(bench.random());
  Connected connected = connect(bench, server);
  const Bytes first = connected.client.cipher.seal(as_bytes("first")).value();
  precondition("a frame is opened",
               [&] { accepted(bench.open(connected.handle, first), "a frame is opened"); });
  check_refused(bench.open(connected.handle, first), "a repeated frame is refused");
}

CODEC_CASE(noise, short_frames_are_refused, "A transport frame of less than a tag is refused",
           .checks = {Rule::FRAME_07, Rule::NOISE_14}) {
  NoiseServer server(bench.random());
  for (std::size_t size = 0; size < 16; ++size) {
    Connected connected = precondition("a frame is opened", [&] {
      Connected made = connect(bench, server);
      const Bytes sealed = made.client.cipher.seal(as_bytes("x")).value();
      accepted(bench.open(made.handle, sealed), "a frame is opened");
      return made;
    });
    const Bytes sealed = connected.client.cipher.seal(as_bytes("y")).value();
    check_refused(bench.open(connected.handle, ByteView(sealed).first(size)),
                  "a frame is refused of " + std::to_string(size) + " bytes");
  }
}

CODEC_CASE(noise, every_byte_of_the_static_key_counts,
           "A ServerHello whose encrypted static key has any one byte changed is refused",
           .checks = {Rule::NOISE_13}) {
  refuse_every_byte_of_field(bench, true, "a changed static key is refused");
}

CODEC_CASE(noise, every_byte_of_the_payload_counts,
           "A ServerHello whose encrypted payload has any one byte changed is refused",
           .checks = {Rule::NOISE_13}) {
  refuse_every_byte_of_field(bench, false, "a changed payload is refused");
}

CODEC_CASE(noise, cut_server_hellos_are_refused, "A ServerHello that is cut anywhere is refused",
           .checks = {Rule::NOISE_13}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  const std::size_t size = greet(bench, server, server.config()).server_hello.size();
  for (std::size_t cut = 0; cut < size; cut += 3) {
    const Greeted greeted = greet(bench, server, server.config());
    check_refused(bench.finish_handshake(greeted.handle, ByteView(greeted.server_hello).first(cut)),
                  at_byte("a ServerHello is refused that ends before", cut));
  }
}

CODEC_CASE(
    noise, keys_of_low_order_are_refused,
    "A ServerHello with an ephemeral key of low order, and the ciphertexts to match, is refused",
    .checks = {Rule::NOISE_12}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  for (const std::uint8_t low : std::initializer_list<std::uint8_t>{0, 1}) {
    noise::ServerHandshakeConfig config = server.config();
    config.faults.low_order_ephemeral = PublicKey{low};
    refuse_server(bench, server, config, "an ephemeral key of low order is refused");
  }
}

CODEC_CASE(noise, another_prologue_is_refused,
           "A server that has hashed another intro header than was sent is refused",
           .checks = {Rule::NOISE_02}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  noise::ServerHandshakeConfig config = server.config();
  config.faults.prologue = wire::IntroHeader{0x57, 0x41, 0x05, 0x02};
  refuse_server(bench, server, config, "another prologue is refused");
}

CODEC_CASE(noise, unknown_fields_are_ignored, "A ServerHello with unknown fields is answered",
           .checks = {Rule::NOISE_18}) {
  NoiseServer server(bench.random());
  noise::ServerHandshakeConfig config = server.config();
  config.faults.unknown_fields = true;
  connect(bench, server, config);
}

// ---- Certificates

CODEC_CASE(noise, chain_of_the_vector_is_believed,
           "The certificate chain of the vector is believed",
           .checks = {Rule::CERT_10, Rule::CERT_01}) {
  const Json& vector = vector_case(kNoise, "noise-xx");
  NoiseServer server(bench.random());
  server.static_key = KeyPair::from_private(private_key_of(vector.at("input").at("server_static")));
  server.authority.root.public_key = public_key_of(vector.at("input").at("root_ca"));
  noise::ServerHandshakeConfig config = server.config();
  config.certificate_chain = bytes_of_hex(vector.at("input").at("cert_chain"));
  connect(bench, server, config);
}

CODEC_CASE(noise, every_byte_of_the_leaf_signature_counts,
           "A chain whose leaf has a signature with any one byte changed is refused",
           .checks = {Rule::CERT_02, Rule::CERT_11}) {
  refuse_every_byte_of_chain(bench, leaf_signature, "a changed leaf signature is refused");
}

CODEC_CASE(noise, every_byte_of_the_leaf_counts,
           "A chain whose leaf has any one byte of its details changed is refused",
           .checks = {Rule::CERT_02, Rule::CERT_11}) {
  refuse_every_byte_of_chain(bench, leaf_details, "a changed leaf is refused");
}

CODEC_CASE(noise, every_byte_of_the_intermediate_signature_counts,
           "A chain whose intermediate has a signature with any one byte changed is refused",
           .checks = {Rule::CERT_01, Rule::CERT_11}) {
  refuse_every_byte_of_chain(bench, intermediate_signature,
                             "a changed intermediate signature is refused");
}

CODEC_CASE(noise, every_byte_of_the_intermediate_counts,
           "A chain whose intermediate has any one byte of its details changed is refused",
           .checks = {Rule::CERT_01, Rule::CERT_11}) {
  refuse_every_byte_of_chain(bench, intermediate_details, "a changed intermediate is refused");
}

CODEC_CASE(noise, chains_of_another_root_are_refused,
           "A chain that leads to another root than the one that is trusted is refused",
           .checks = {Rule::CERT_01}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  NoiseServer foreign(bench.random());
  foreign.static_key = server.static_key;
  const noise::CertificateChain chain =
      foreign.authority.issue(server.static_key.public_key, kNoiseValidity, bench.random());
  refuse_server(bench, server,
                with_chain(server, [&](noise::CertificateChain& edited) { edited = chain; }),
                "a chain of another root is refused");
}

CODEC_CASE(noise, chains_for_another_key_are_refused,
           "A chain whose leaf is for another key than the server has proved to hold is refused",
           .checks = {Rule::CERT_04}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  const PublicKey other = KeyPair::generate(bench.random()).public_key;
  const noise::CertificateChain chain =
      server.authority.issue(other, kNoiseValidity, bench.random());
  refuse_server(bench, server,
                with_chain(server, [&](noise::CertificateChain& edited) { edited = chain; }),
                "a chain for another key is refused");
}

CODEC_CASE(noise, chains_of_others_are_refused,
           "A chain whose serials do not link it to the trust root is refused",
           .checks = {Rule::CERT_05}) {
  using Details = noise::CertificateDetails;
  refuse_signed_defects(
      bench,
      {{"an intermediate of another issuer than 0",
        [](Details& intermediate, Details&) { intermediate.issuer_serial = 7; }},
       {"a leaf of another issuer than the intermediate", [](Details& intermediate, Details& leaf) {
          leaf.issuer_serial = *intermediate.serial + 1;
        }}});
}

CODEC_CASE(noise, chains_of_another_time_are_refused,
           "A chain is refused before either of its certificates is valid, and afterwards",
           .checks = {Rule::CERT_06}) {
  using Details = noise::CertificateDetails;
  static constexpr std::uint64_t kLongAgo = 1'000'000'000;
  static constexpr std::uint64_t kFarAway = 4'000'000'000;
  refuse_signed_defects(
      bench,
      {{"an intermediate that has expired",
        [](Details& intermediate, Details&) { intermediate.not_after = kLongAgo; }},
       {"a leaf that has expired", [](Details&, Details& leaf) { leaf.not_after = kLongAgo; }},
       {"an intermediate that is not yet valid",
        [](Details& intermediate, Details&) { intermediate.not_before = kFarAway; }},
       {"a leaf that is not yet valid",
        [](Details&, Details& leaf) { leaf.not_before = kFarAway; }}});
}

CODEC_CASE(
    noise, incomplete_chains_are_refused,
    "A chain without a leaf, an intermediate, or the details or signature of either is refused",
    .checks = {Rule::CERT_07, Rule::CERT_03}) {
  NoiseServer server(bench.random());
  good_server_is_answered(bench, server);
  const std::vector<std::function<void(noise::CertificateChain&)>> edits = {
      [](noise::CertificateChain& chain) { chain.leaf.reset(); },
      [](noise::CertificateChain& chain) { chain.intermediate.reset(); },
      [](noise::CertificateChain& chain) { chain.leaf->details.reset(); },
      [](noise::CertificateChain& chain) { chain.leaf->signature.reset(); },
      [](noise::CertificateChain& chain) { chain.leaf->signature->pop_back(); },
      [](noise::CertificateChain& chain) { chain.leaf->signature->push_back(0); },
      [](noise::CertificateChain& chain) { chain.intermediate->details.reset(); },
      [](noise::CertificateChain& chain) { chain.intermediate->signature.reset(); },
      [](noise::CertificateChain& chain) { chain.intermediate->signature->pop_back(); },
      [](noise::CertificateChain& chain) { chain.intermediate->signature->clear(); }};
  for (std::size_t i = 0; i < edits.size(); ++i) {
    refuse_server(bench, server, with_chain(server, edits[i]),
                  "an incomplete chain is refused, kind " + std::to_string(i));
  }
}

}  // namespace doublecheck::harness
