#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/noise/handshake_message.h"
#include "spec/wire/intro.h"
#include "spec/wire/node_codec.h"

// The handshake and the transport cipher. A peer that starts each of these cases has paired, so
// that a login would succeed if only the handshake did.
namespace doublecheck::harness {
namespace {

using noise::Pattern;

// A paired companion whose unchanged handshake is known to work.
Peer& peer_who_can_log_in(ServerBench& bench) {
  Peer& alice = bench.paired_peer("alice");
  precondition("an unchanged handshake leads to a login", [&] { alice.log_in(); });
  alice.close();
  return alice;
}

// The server closes instead of completing this handshake, and says no stanza.
void expect_refused(Peer& peer, const noise::ClientHandshakeFaults& faults) {
  peer.start_connecting({.faults = faults});
  expect_closed_silently(peer);
}

void expect_bit_flips_refused(ServerBench& bench,
                              noise::FieldFault noise::ClientHandshakeFaults::* field,
                              std::initializer_list<std::size_t> bits) {
  Peer& alice = peer_who_can_log_in(bench);
  for (const std::size_t bit : bits) {
    noise::ClientHandshakeFaults faults;
    (faults.*field).flip_bit = bit;
    expect_refused(alice, faults);
  }
  alice.log_in();
}

void expect_fault_refused(ServerBench& bench,
                          noise::FieldFault noise::ClientHandshakeFaults::* field,
                          const noise::FieldFault& fault) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::ClientHandshakeFaults faults;
  faults.*field = fault;
  expect_refused(alice, faults);
  alice.log_in();
}

// The handshake is refused that begins with this frame.
void expect_first_frame_refused(ServerBench& bench, ByteView payload) {
  Peer& alice = peer_who_can_log_in(bench);
  alice.open();
  alice.send_bytes(wire::kIntroHeader);
  alice.send_frame(payload);
  alice.expect_closed();
  check(alice.pieces().empty(), "a handshake that begins like this is not answered");
}

noise::ServerHello server_hello_of(const Peer& peer) {
  check(!peer.handshake_frames().empty(), "the server has sent a ServerHello");
  const auto message = noise::decode_handshake_message(peer.handshake_frames().front());
  check(message && message->server_hello, "the first frame of the server is a ServerHello");
  return *message->server_hello;
}

// Logs in by Noise IK, which a server need not accept.
void resume_or_skip(Peer& peer, ConnectOptions options = {}) {
  options.resume = true;
  precondition("a client that asks for resumption can log in",
               [&] { peer.log_in(std::move(options)); });
  if (peer.authenticated()->pattern != Pattern::kIk)
    unsupported("the server does not accept resumption");
}

// A frame of the transport phase, changed: the connection ends without a word, and the message in
// it has no effect.
template <typename Change>
void expect_unauthentic(ServerBench& bench, Change change) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("an unchanged message arrives",
               [&] { bob.expect(message(send_message(alice, bob))); });
  settle_everything(alice);
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  alice.send_bytes(change(alice.seal(sent)));
  expect_closed_silently(alice);
  bob.barrier();
  bob.expect_none(message(id_of(sent)));
  alice.log_in();
}

}  // namespace

// ---- ClientHello and ClientFinish in XX

SERVER_CASE(noise, finish_static_key_changed,
            "A ClientFinish whose static key is not authentic ends the handshake",
            .checks = {Rule::NOISE_13}) {
  expect_bit_flips_refused(bench, &noise::ClientHandshakeFaults::finish_static_key, {0, 130, 255});
}

SERVER_CASE(noise, finish_static_key_tag_changed,
            "A ClientFinish whose static key has a wrong tag ends the handshake",
            .checks = {Rule::NOISE_13}) {
  expect_bit_flips_refused(bench, &noise::ClientHandshakeFaults::finish_static_key, {256, 383});
}

SERVER_CASE(noise, finish_payload_changed,
            "A ClientFinish whose payload is not authentic ends the handshake",
            .checks = {Rule::NOISE_13}) {
  expect_bit_flips_refused(bench, &noise::ClientHandshakeFaults::finish_payload, {0, 77, 128});
}

SERVER_CASE(noise, finish_payload_cut,
            "A ClientFinish whose payload has lost its tag ends the handshake",
            .checks = {Rule::NOISE_13}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::finish_payload, {.resize = 15});
}

SERVER_CASE(noise, finish_without_static_key,
            "A ClientFinish without static key ends the handshake", .checks = {Rule::NOISE_26}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::finish_static_key, {.omit = true});
}

SERVER_CASE(noise, finish_without_payload, "A ClientFinish without payload ends the handshake",
            .checks = {Rule::NOISE_26}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::finish_payload, {.omit = true});
}

SERVER_CASE(noise, finish_static_key_of_31_bytes,
            "An authentic static key of another length ends the handshake",
            .checks = {Rule::NOISE_26}) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::ClientHandshakeFaults faults;
  faults.static_plaintext = Bytes(31, 0x2a);
  expect_refused(alice, faults);
}

SERVER_CASE(noise, hello_without_ephemeral,
            "A ClientHello without ephemeral key ends the handshake", .checks = {Rule::NOISE_26}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::hello_ephemeral, {.omit = true});
}

SERVER_CASE(noise, hello_ephemeral_too_short,
            "A ClientHello with an ephemeral key of 31 bytes ends the handshake",
            .checks = {Rule::NOISE_26}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::hello_ephemeral, {.resize = 31});
}

SERVER_CASE(noise, hello_ephemeral_too_long,
            "A ClientHello with an ephemeral key of 33 bytes ends the handshake",
            .checks = {Rule::NOISE_26}) {
  expect_fault_refused(bench, &noise::ClientHandshakeFaults::hello_ephemeral, {.resize = 33});
}

SERVER_CASE(noise, low_order_ephemeral,
            "An ephemeral key that makes every secret zero ends the handshake",
            .checks = {Rule::NOISE_12}) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::ClientHandshakeFaults faults;
  faults.low_order_ephemeral = PublicKey{};
  expect_refused(alice, faults);
}

SERVER_CASE(noise, garbage_instead_of_hello,
            "A handshake message that cannot be decoded ends the handshake",
            .checks = {Rule::NOISE_26}) {
  expect_first_frame_refused(bench, Bytes(40, 0xff));
}

SERVER_CASE(noise, finish_instead_of_hello,
            "A handshake that begins with a ClientFinish is refused", .checks = {Rule::NOISE_26}) {
  noise::HandshakeMessage message;
  message.client_finish = noise::ClientFinish{.static_key = Bytes(48, 1), .payload = Bytes(48, 2)};
  expect_first_frame_refused(bench, noise::encode_handshake_message(message));
}

SERVER_CASE(noise, two_hellos,
            "A second ClientHello in the place of the ClientFinish ends the handshake",
            .checks = {Rule::NOISE_26}) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::HandshakeMessage message;
  message.client_hello =
      noise::ClientHello{.ephemeral = to_bytes(KeyPair::generate(bench.random()).public_key),
                         .static_key = {},
                         .payload = {}};
  alice.open();
  alice.send_bytes(wire::kIntroHeader);
  alice.send_frame(noise::encode_handshake_message(message));
  alice.send_frame(noise::encode_handshake_message(message));
  alice.expect_closed();
}

SERVER_CASE(noise, unknown_fields, "Unknown fields in ClientHello and ClientFinish are ignored",
            .checks = {Rule::NOISE_18}) {
  Peer& alice = bench.paired_peer("alice");
  noise::ClientHandshakeFaults faults;
  faults.unknown_fields = true;
  alice.log_in({.faults = faults});
  alice.barrier();
}

SERVER_CASE(noise, nothing_before_client_finish,
            "Nothing but the ServerHello is sent before the ClientFinish has come",
            .checks = {Rule::NOISE_08, Rule::NOISE_13}) {
  Peer& alice = peer_who_can_log_in(bench);
  // The peer cannot read the answer to a key that is not its own, and therefore sends no
  // ClientFinish.
  noise::ClientHandshakeFaults faults;
  faults.hello_ephemeral.replace = to_bytes(KeyPair::generate(bench.random()).public_key);
  alice.start_connecting({.faults = faults});
  let_pass(bench, seconds(2));
  Bytes received;
  for (const Bytes& piece : alice.pieces()) append(received, piece);
  check(alice.handshake_frames().size() == 1, "the server sends one ServerHello");
  check(received.size() == 3 + alice.handshake_frames().front().size(),
        "the server sends nothing behind its ServerHello",
        std::to_string(received.size()) + " bytes");
}

SERVER_CASE(noise, fresh_ephemeral, "The server uses another ephemeral key for every connection",
            .checks = {Rule::NOISE_09}) {
  Peer& alice = bench.paired_peer("alice");
  alice.log_in();
  const auto first = server_hello_of(alice).ephemeral;
  alice.close();
  alice.log_in();
  check(first != server_hello_of(alice).ephemeral, "the ephemeral keys of two connections differ");
}

SERVER_CASE(noise, fresh_ephemeral_for_same_hello,
            "The server's ephemeral key is fresh although the client's is not",
            .checks = {Rule::NOISE_09}) {
  Peer& alice = bench.paired_peer("alice");
  noise::ClientHandshakeFaults faults;
  faults.ephemeral_key_pair = KeyPair::generate(bench.random());
  alice.log_in({.faults = faults});
  const auto first = server_hello_of(alice).ephemeral;
  alice.close();
  alice.log_in({.faults = faults});
  check(first != server_hello_of(alice).ephemeral, "the ephemeral keys of two connections differ");
}

// ---- Resumption by IK

SERVER_CASE(noise, resumption,
            "A client that knows the server's key can log in by IK, or falls back",
            .checks = {Rule::NOISE_20}) {
  Peer& alice = peer_who_can_log_in(bench);
  alice.log_in({.resume = true});
  alice.barrier();
  const bool has_static = server_hello_of(alice).static_key.has_value();
  const Pattern pattern = alice.authenticated()->pattern;
  check(pattern == (has_static ? Pattern::kXxFallback : Pattern::kIk),
        "a ServerHello without static key accepts IK, one with it is computed as XXfallback");
}

SERVER_CASE(noise, resumption_with_old_server_key,
            "A client that knows another key of the server's falls back to XX",
            .checks = {Rule::NOISE_20}) {
  Peer& alice = peer_who_can_log_in(bench);
  alice.credentials().ticket->server_static = KeyPair::generate(bench.random()).public_key;
  alice.log_in({.resume = true});
  check(alice.authenticated()->pattern == Pattern::kXxFallback, "the handshake falls back");
  alice.barrier();
}

SERVER_CASE(noise, resumption_with_changed_static_key,
            "An IK hello whose static key is not authentic falls back to XX",
            .checks = {Rule::NOISE_20}) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::ClientHandshakeFaults faults;
  faults.hello_static_key.flip_bit = 9;
  alice.log_in({.faults = faults, .resume = true});
  check(alice.authenticated()->pattern == Pattern::kXxFallback, "the handshake falls back");
}

SERVER_CASE(noise, resumption_with_changed_payload,
            "An IK hello whose payload is not authentic falls back to XX",
            .checks = {Rule::NOISE_20}) {
  Peer& alice = peer_who_can_log_in(bench);
  noise::ClientHandshakeFaults faults;
  faults.hello_payload.flip_bit = 9;
  alice.log_in({.faults = faults, .resume = true});
  check(alice.authenticated()->pattern == Pattern::kXxFallback, "the handshake falls back");
}

SERVER_CASE(
    noise, replayed_hello_displaces_nobody,
    "A replayed IK hello neither ends the connection of the real client nor gets its messages",
    .checks = {Rule::NOISE_24}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  noise::ClientHandshakeFaults faults;
  faults.ephemeral_key_pair = KeyPair::generate(bench.random());
  // Equal keys on both sides: what the replay sends is what alice sent, byte for byte.
  Peer& replay = bench.peer_of("alice", "replay");
  replay.credentials() = alice.credentials();
  resume_or_skip(alice, {.faults = faults});
  alice.activate();
  replay.start_connecting({.faults = faults, .resume = true});
  let_pass(bench);
  alice.barrier();
  const std::string id = send_message(bob, alice);
  alice.expect(message(id));
  replay.expect_none(message(id));
}

SERVER_CASE(noise, resumed_login_displaces_once_proven,
            "A login by IK takes over when its first transport frame has come",
            .checks = {Rule::NOISE_24, Rule::RECONNECT_03}) {
  Peer& alice = bench.online_peer("alice");
  Peer& again = bench.peer_of("alice", "alice again");
  again.credentials() = alice.credentials();
  resume_or_skip(again);
  alice.barrier();
  again.barrier();
  descend(alice.expect(stream_error()), {"conflict"});
  alice.expect_closed();
}

// ---- Transport frames

SERVER_CASE(noise, changed_transport_frame,
            "A transport frame with one wrong bit ends the connection without a word",
            .checks = {Rule::NOISE_25, Rule::NOISE_14}) {
  expect_unauthentic(bench, [](Bytes frame) {
    frame[10] ^= 0x10;
    return frame;
  });
}

SERVER_CASE(noise, changed_tag_of_transport_frame,
            "A transport frame with a wrong tag ends the connection without a word",
            .checks = {Rule::NOISE_25, Rule::NOISE_14}) {
  expect_unauthentic(bench, [](Bytes frame) {
    frame.back() ^= 0x01;
    return frame;
  });
}

SERVER_CASE(noise, transport_frame_shorter_than_its_tag,
            "A transport frame of 15 bytes ends the connection",
            .checks = {Rule::NOISE_25, Rule::NOISE_14}) {
  expect_unauthentic(bench, [](Bytes frame) {
    frame.resize(3 + 15);
    frame[0] = frame[1] = 0;
    frame[2] = 15;
    return frame;
  });
}

SERVER_CASE(noise, transport_frame_in_the_clear,
            "A stanza that is not encrypted ends the connection, and is not acted on",
            .checks = {Rule::NOISE_25, Rule::NOISE_14}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a sealed message arrives", [&] { bob.expect(message(send_message(alice, bob))); });
  settle_everything(alice);
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  alice.send_frame(*wire::encode_payload(sent));
  expect_closed_silently(alice);
  bob.barrier();
  bob.expect_none(message(id_of(sent)));
}

SERVER_CASE(
    noise, replayed_transport_frame,
    "A transport frame that comes twice is processed once, and the second ends the connection",
    .checks = {Rule::NOISE_07, Rule::NOISE_25}) {
  Peer& alice = bench.online_peer("alice");
  const Bytes frame = alice.seal(ping("replayed"));
  alice.send_bytes(frame);
  check_result(alice.expect(answer_to("replayed")));
  settle_everything(alice);
  alice.send_bytes(frame);
  expect_closed_silently(alice);
}

SERVER_CASE(noise, transport_frames_swapped,
            "A transport frame that overtakes another ends the connection",
            .checks = {Rule::NOISE_07, Rule::NOISE_25}) {
  Peer& alice = bench.online_peer("alice");
  settle_everything(alice);
  const Bytes first = alice.seal(ping("first"));
  const Bytes second = alice.seal(ping("second"));
  alice.send_bytes(second);
  alice.expect_closed();
  alice.expect_none(answer_to("second"));
}

SERVER_CASE(noise, counter_beyond_one_byte, "The counters of both directions go on beyond 255",
            .checks = {Rule::NOISE_07}) {
  Peer& alice = bench.online_peer("alice");
  for (int i = 0; i < 300; ++i) alice.barrier();
}

}  // namespace doublecheck::harness
