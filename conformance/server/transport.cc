#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/intro.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"

// The stream below the handshake: intro header, edge routing, frames and their division.
namespace doublecheck::harness {
namespace {

void expect_login_with_routing(ServerBench& bench, std::size_t size) {
  Peer& alice = bench.paired_peer("alice");
  alice.log_in({.routing_info = bench.random().bytes(size)});
  alice.barrier();
}

// A connection that begins with these bytes comes to nothing, while one that begins as it should
// does.
void expect_closed_after(ServerBench& bench, ByteView first_bytes) {
  Peer& alice = bench.peer("alice");
  precondition("a connection with the intro header shows a QR code", [&] { alice.show_qr(); });
  alice.close();
  alice.open();
  alice.send_bytes(first_bytes);
  alice.expect_closed();
  check(alice.pieces().empty(), "nothing is sent to a client whose stream is not understood");
}

}  // namespace

SERVER_CASE(transport, short_edge_routing,
            "Edge routing information of a few bytes is skipped, and not hashed",
            .checks = {Rule::TRANSPORT_09, Rule::TRANSPORT_10}) {
  expect_login_with_routing(bench, 5);
}

SERVER_CASE(transport, empty_edge_routing, "Edge routing information may be empty",
            .checks = {Rule::TRANSPORT_09}) {
  expect_login_with_routing(bench, 0);
}

SERVER_CASE(transport, long_edge_routing,
            "The length of edge routing information has more than one byte",
            .checks = {Rule::TRANSPORT_09, Rule::TRANSPORT_10}) {
  expect_login_with_routing(bench, 300);
}

SERVER_CASE(transport, byte_by_byte, "A connection works whose every byte arrives alone",
            .checks = {Rule::FRAME_03}) {
  Peer& alice = bench.paired_peer("alice");
  alice.log_in({.routing_info = bench.random().bytes(3), .piece_size = 1});
  alice.barrier();
}

SERVER_CASE(transport, split_inside_the_length,
            "A frame is reassembled that is divided inside its length",
            .checks = {Rule::FRAME_03}) {
  Peer& alice = bench.online_peer("alice");
  const Bytes frame = alice.seal(ping("split"));
  alice.send_bytes(ByteView(frame).first(2));
  let_pass(bench);
  alice.send_bytes(ByteView(frame).subspan(2));
  check_result(alice.expect(answer_to("split")));
}

SERVER_CASE(transport, several_frames_in_one_piece,
            "Frames that arrive in one piece are all processed, in order",
            .checks = {Rule::FRAME_04, Rule::FRAME_08}) {
  Peer& alice = bench.online_peer("alice");
  const std::vector<std::string> ids = {"one", "two", "three"};
  Bytes piece;
  for (const std::string& id : ids) append(piece, alice.seal(ping(id)));
  alice.send_bytes(piece);
  for (const std::string& id : ids) {
    const wire::Node answer = alice.expect(stanza("iq", {{"type", "result"}}));
    check(answer.text("id") == id, "the answers come in the order of the queries", id_of(answer));
  }
}

SERVER_CASE(transport, frame_and_a_half_in_one_piece,
            "What follows a whole frame in a piece begins the next one",
            .checks = {Rule::FRAME_03}) {
  Peer& alice = bench.online_peer("alice");
  const Bytes both = concat({alice.seal(ping("whole")), alice.seal(ping("half"))});
  alice.send_bytes(ByteView(both).first(both.size() - 7));
  check_result(alice.expect(answer_to("whole")));
  alice.send_bytes(ByteView(both).last(7));
  check_result(alice.expect(answer_to("half")));
}

SERVER_CASE(transport, stanza_behind_client_finish,
            "A stanza that arrives in one piece with the ClientFinish is processed after it",
            .checks = {Rule::FRAME_05}) {
  Peer& alice = bench.paired_peer("alice");
  alice.log_in({.behind_finish = ping("eager")});
  check_result(alice.expect(answer_to("eager")));
}

SERVER_CASE(transport, incomplete_frame_has_no_effect,
            "A message takes effect when its last byte has come, not before",
            .checks = {Rule::FRAME_06}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  const Bytes frame = alice.seal(sent);
  alice.send_bytes(ByteView(frame).first(frame.size() - 1));
  let_pass(bench);
  bob.barrier();
  bob.expect_none(message(id_of(sent)));
  alice.expect_none(ack_of("message", id_of(sent)));
  alice.send_bytes(ByteView(frame).last(1));
  bob.expect(message(id_of(sent)));
}

SERVER_CASE(transport, frame_above_64_kib,
            "A frame is processed whose length needs all three bytes",
            .checks = {Rule::FRAME_01, Rule::FRAME_10}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node large = ping("large");
  large.content = std::vector<wire::Node>{element_of_bytes("ping", Bytes(100'000, 0x61))};
  alice.send(large);
  check_result(alice.expect(answer_to("large")));
}

SERVER_CASE(
    transport, largest_frame_is_not_dropped,
    "A frame of the largest size is processed, or the connection is closed: it is not dropped silently",
    .checks = {Rule::FRAME_10}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node largest = ping("largest");
  const std::size_t around = 64;  // more than flag, ping and length
  largest.content = std::vector<wire::Node>{
      element_of_bytes("ping", Bytes(wire::kMaxFramePayload - kGcmTagSize - around, 0x61))};
  alice.send(largest);
  bench.driver().run_until(
      [&] { return !alice.is_open() || alice.count(answer_to("largest")) > 0; }, seconds(30));
  check(!alice.is_open() || alice.count(answer_to("largest")) == 1,
        "the frame is processed or the connection closed");
}

SERVER_CASE(transport, foreign_bytes_are_not_an_intro,
            "A stream that begins with something else is closed", .checks = {Rule::TRANSPORT_14}) {
  expect_closed_after(bench, as_bytes("GET / HTTP/1.1\r\n\r\n"));
}

SERVER_CASE(transport, other_protocol_version,
            "A stream of a protocol version that nobody speaks is closed",
            .checks = {Rule::TRANSPORT_14}) {
  expect_closed_after(bench, Bytes{0x57, 0x41, 0xff, 0x03});
}

SERVER_CASE(transport, other_dictionary_version,
            "A stream of a token dictionary that nobody has is closed",
            .checks = {Rule::TRANSPORT_14}) {
  expect_closed_after(bench, Bytes{0x57, 0x41, 0x06, 0xff});
}

SERVER_CASE(transport, second_edge_routing_prefix,
            "Behind one edge routing prefix comes the intro header, not another",
            .checks = {Rule::TRANSPORT_14}) {
  expect_closed_after(
      bench, Bytes{0x45, 0x44, 0x00, 0x01, 0, 0, 1, 0x08, 0x45, 0x44, 0x00, 0x01, 0, 0, 1, 0x08});
}

SERVER_CASE(transport, empty_handshake_frame, "A frame of length 0 ends a handshake",
            .checks = {Rule::FRAME_07}) {
  expect_closed_after(bench, concat({wire::kIntroHeader, Bytes{0, 0, 0}}));
}

SERVER_CASE(transport, empty_transport_frame,
            "A frame of length 0 is not authentic; it ends this connection and no other",
            .checks = {Rule::FRAME_07, Rule::NOISE_25}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  settle_everything(alice);
  alice.send_frame({});
  expect_closed_silently(alice);
  bob.barrier();
  alice.log_in();
}

SERVER_CASE(transport, handshake_timeout,
            "A connection is closed that does not go beyond its intro header",
            .checks = {Rule::TRANSPORT_15}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  Peer& mallory = bench.peer("mallory");
  mallory.open();
  mallory.send_bytes(wire::kIntroHeader);
  bench.pass(std::chrono::minutes(2));
  mallory.expect_closed();
  precondition("a connection with a handshake stays open", [&] { alice.barrier(); });
}

SERVER_CASE(transport, silent_connection, "A connection is closed on which nothing arrives at all",
            .checks = {Rule::TRANSPORT_15}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  Peer& mallory = bench.peer("mallory");
  mallory.open();
  bench.pass(std::chrono::minutes(2));
  mallory.expect_closed();
  precondition("a connection with a handshake stays open", [&] { alice.barrier(); });
}

SERVER_CASE(transport, frame_that_never_ends,
            "A connection is closed on which an announced frame does not arrive",
            .checks = {Rule::FRAME_09}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  alice.send_bytes(Bytes{0xff, 0xff, 0xff, 0x01});
  bench.pass(std::chrono::minutes(5));
  alice.expect_closed();
  precondition("a connection without half a frame stays open", [&] { bob.barrier(); });
}

SERVER_CASE(transport, huge_handshake_frame,
            "A handshake frame of the largest size is not waited for without end",
            .checks = {Rule::FRAME_09}, .needs = {Need::kClock}) {
  Peer& alice = bench.peer("alice");
  precondition("a connection with a small handshake frame works", [&] { alice.show_qr(); });
  alice.close();
  alice.open();
  alice.send_bytes(concat({wire::kIntroHeader, Bytes{0xff, 0xff, 0xff, 0x12}}));
  bench.pass(std::chrono::minutes(2));
  alice.expect_closed();
}

}  // namespace doublecheck::harness
