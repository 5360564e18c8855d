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

SERVER_CASE(keepalive, ping_with_a_child_is_answered, "A ping with a <ping> child is answered like one without",
            .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Node reply = alice.ask(R"(<iq type="get" xmlns="w:p"><ping/></iq>)"_node);
  check(reply.text("type") == "result", "a ping is answered with a result");
}

SERVER_CASE(keepalive, ping_is_answered_while_pairing,
            "A ping of a companion that has no account yet is answered, since clients send them from the handshake on",
            .checks = {Rule::KEEP_02}) {
  Peer& alice = bench.peer("alice");
  precondition("alice shows a QR code", [&] { alice.show_qr(); });
  const wire::Node reply = alice.ask(R"(<iq type="get" xmlns="w:p"><ping/></iq>)"_node);
  check(reply.text("type") == "result", "a ping is answered with a result");
}

}  // namespace doublecheck::harness
