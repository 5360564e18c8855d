#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"

namespace doublecheck::harness {
namespace {

// What the client does with a ServerHello that has this fault: whether it goes on to ClientFinish.
bool goes_on(ClientBench& bench, noise::ServerHandshakeFaults faults) {
  bench.script().set_handshake_faults(std::move(faults));
  const ConnectionId connection = bench.start_connecting();
  bench.driver().run_until(
      [&] {
        return bench.script().handshake_frames(connection) > 1 ||
               bench.script().current() != connection || bench.client().ended();
      },
      seconds(5));
  return bench.script().handshake_frames(connection) > 1;
}

void aborts(ClientBench& bench, noise::ServerHandshakeFaults faults, std::string_view sentence) {
  precondition("the client accepts a ServerHello without a fault",
               [&] { check(goes_on(bench, {}), "ClientFinish follows a good ServerHello"); });
  bench.disconnect();
  check(!goes_on(bench, std::move(faults)), sentence, "ClientFinish, with the login payload");
  bench.expect_alive();
}

}  // namespace

CLIENT_CASE(transport, stream_begins_with_the_intro_header,
            "The first bytes of a connection are the intro header 57 41 06 03",
            .checks = {Rule::TRANSPORT_08, Rule::TRANSPORT_07}) {
  const ConnectionId connection = bench.start_connecting();
  bench.driver().run_until([&] { return !bench.script().first_bytes(connection).empty(); },
                           seconds(10));
  const Bytes& first = bench.script().first_bytes(connection);
  check(first.size() >= 4 && equal(ByteView(first).first(4), wire::kIntroHeader),
        "the intro header comes first", std::to_string(first.size()) + " bytes");
}

CLIENT_CASE(noise, hello_without_ephemeral_is_refused,
            "A ServerHello without an ephemeral key ends the handshake",
            .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.ephemeral.omit = true;
  aborts(bench, faults, "no ClientFinish follows a ServerHello without ephemeral key");
}

CLIENT_CASE(noise, hello_with_a_short_ephemeral_is_refused,
            "A ServerHello with an ephemeral key of 31 bytes ends the handshake",
            .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.ephemeral.resize = 31;
  aborts(bench, faults, "no ClientFinish follows an ephemeral key of 31 bytes");
}

CLIENT_CASE(noise, hello_without_static_is_refused,
            "A ServerHello without a static key ends an XX handshake", .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.static_key.omit = true;
  aborts(bench, faults, "no ClientFinish follows a ServerHello without static key");
}

CLIENT_CASE(noise, hello_without_payload_is_refused,
            "A ServerHello without a payload ends an XX handshake", .checks = {Rule::NOISE_10}) {
  noise::ServerHandshakeFaults faults;
  faults.payload.omit = true;
  aborts(bench, faults, "no ClientFinish follows a ServerHello without payload");
}

CLIENT_CASE(noise, static_of_another_length_is_refused,
            "A server static key that decrypts to 31 bytes ends the handshake",
            .checks = {Rule::NOISE_11}) {
  noise::ServerHandshakeFaults faults;
  faults.static_plaintext = Bytes(31, 0x42);
  aborts(bench, faults, "no ClientFinish follows a static key of 31 bytes");
}

CLIENT_CASE(
    noise, low_order_ephemeral_is_refused,
    "A server ephemeral key of low order, whose shared secrets are all zeros, ends the handshake",
    .checks = {Rule::NOISE_12}) {
  noise::ServerHandshakeFaults faults;
  faults.low_order_ephemeral = PublicKey{};
  aborts(bench, faults, "no ClientFinish follows an ephemeral key of low order");
}

CLIENT_CASE(noise, damaged_static_is_refused,
            "One wrong bit in the encrypted static key ends the handshake",
            .checks = {Rule::NOISE_13}) {
  noise::ServerHandshakeFaults faults;
  faults.static_key.flip_bit = 0;
  aborts(bench, faults, "no ClientFinish follows a damaged static key");
}

CLIENT_CASE(noise, damaged_payload_is_refused,
            "One wrong bit in the encrypted certificate chain ends the handshake",
            .checks = {Rule::NOISE_13}) {
  noise::ServerHandshakeFaults faults;
  faults.payload.flip_bit = 0;
  aborts(bench, faults, "no ClientFinish follows a damaged certificate chain");
}

CLIENT_CASE(
    noise, foreign_prologue_is_refused,
    "A server that hashed another prologue than the client sent cannot finish the handshake",
    .checks = {Rule::NOISE_02}) {
  noise::ServerHandshakeFaults faults;
  faults.prologue = wire::IntroHeader{0x57, 0x41, 0x06, 0x02};
  aborts(bench, faults, "no ClientFinish follows another prologue");
}

CLIENT_CASE(noise, unknown_fields_are_ignored,
            "Unknown protobuf fields in ServerHello do not end the handshake",
            .checks = {Rule::NOISE_18}) {
  noise::ServerHandshakeFaults faults;
  faults.unknown_fields = true;
  check(goes_on(bench, faults), "ClientFinish follows a ServerHello with unknown fields");
}

CLIENT_CASE(noise, damaged_transport_frame_does_not_end_the_process,
            "A transport frame that fails to authenticate leaves the client's process running",
            .checks = {Rule::NOISE_14}) {
  bench.come_online();
  bench.barrier();
  bench.script().corrupt_next_frame();
  bench.send({.tag = "ib", .attributes = {{"from", wire::Jid::of_server()}}, .content = {}});
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(2));
  bench.expect_alive();
}

}  // namespace doublecheck::harness
