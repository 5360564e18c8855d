#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
using namespace wire::literals;

SERVER_CASE(keepalive, ping_is_answered_once, "A ping is answered with one empty result",
            .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.online_peer("alice");
  alice.send(R"(<iq id="p1" to=jid:"@s.whatsapp.net" type="get" xmlns="w:p"/>)"_node);
  const wire::Node reply = alice.expect(answer_to("p1"));
  check(reply.text("type") == "result", "a ping is answered with a result");
  check(reply.children().empty(), "the result of a ping has no children");
  alice.barrier();
  alice.expect_none(answer_to("p1"));
}

SERVER_CASE(keepalive, ping_with_a_child_is_answered,
            "A ping with a <ping> child is answered like one without", .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Node reply = alice.ask(R"(<iq type="get" xmlns="w:p"><ping/></iq>)"_node);
  check(reply.text("type") == "result", "a ping is answered with a result");
}

SERVER_CASE(
    keepalive, ping_is_answered_while_pairing,
    "A ping of a companion that has no account yet is answered, since clients send them from the handshake on",
    .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.peer("alice");
  precondition("alice shows a QR code", [&] { alice.show_qr(); });
  const wire::Node reply = alice.ask(R"(<iq type="get" xmlns="w:p"><ping/></iq>)"_node);
  check(reply.text("type") == "result", "a ping is answered with a result");
}

SERVER_CASE(keepalive, ping_is_answered_while_passive,
            "A ping of a client that has not asked for active is answered",
            .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.paired_peer("alice");
  precondition("alice logs in", [&] { alice.log_in(); });
  check(alice.ask(R"(<iq type="get" xmlns="w:p"/>)"_node).text("type") == "result",
        "a ping is answered with a result");
}

SERVER_CASE(keepalive, ping_is_answered_within_a_second, "A ping is answered within a second",
            .checks = {Rule::STANZA_21}) {
  Peer& alice = bench.online_peer("alice");
  alice.ask(R"(<iq type="get" xmlns="w:p"/>)"_node, seconds(1));
}

SERVER_CASE(
    keepalive, pings_of_the_server_need_no_answer,
    "A client that answers no ping of the server's stays connected as long as it sends its own",
    .checks = {Rule::KEEP_05, Rule::STANZA_20}, .needs = {Need::kClock}) {
  Peer& alice = bench.online_peer("alice");
  for (int i = 0; i < 20; ++i) {
    bench.pass(seconds(30));
    check(alice.is_open(), "the connection stays open");
    alice.barrier();
  }
}

}  // namespace doublecheck::harness
