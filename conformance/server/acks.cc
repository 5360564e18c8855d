#include <functional>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// What the server acknowledges, and what it does not.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// This message is acknowledged with a numeric error and delivered to nobody, while a good one is
// accepted.
void expect_rejected(ServerBench& bench,
                     const std::function<void(wire::Node& message, Peer& bob)>& change) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("a good message is accepted and arrives",
               [&] { bob.expect(message(send_message(alice, bob))); });
  wire::Node bad = alice.message_to(bob.jid().account(), {bob.jid()});
  change(bad, bob);
  alice.send(bad);
  const wire::Node ack = alice.expect(ack_of("message", id_of(bad)));
  check(ack.number("error").value_or(0) != 0, "the ack has a numeric error",
        std::string(ack.text("error").value_or("none")));
  bob.barrier();
  bob.expect_none(message(id_of(bad)));
  alice.barrier();
}

}  // namespace

SERVER_CASE(acks, message,
            "A message is acknowledged once, with its id, from whom it was for, and the time",
            .checks = {Rule::STANZA_40, Rule::MESSAGE_16}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  alice.send(sent);
  const wire::Node ack = alice.expect(ack_of("message", id_of(sent)));
  check(names(ack, "from", bob.jid().account()), "from is the message's to, encoded as a JID");
  check(ack.number("t").has_value(), "the ack has t");
  check(!ack.has("error"), "the ack has no error");
  alice.barrier();
  alice.expect_none(ack_of("message", id_of(sent)));
}

SERVER_CASE(acks, message_by_lid, "The ack of a message to a LID comes from the LID",
            .checks = {Rule::STANZA_40}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.lid().account(), {bob.lid()});
  alice.send(sent);
  check(names(alice.expect(ack_of("message", id_of(sent))), "from", bob.lid().account()),
        "from is the message's to");
}

SERVER_CASE(acks, message_to_somebody_offline,
            "A message is acknowledged although its recipient is away",
            .checks = {Rule::STANZA_40, Rule::MESSAGE_16}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.close();
  send_message(alice, bob);
}

SERVER_CASE(acks, order_of_acks, "The acks of messages come in the order of the messages",
            .checks = {Rule::STANZA_40, Rule::FRAME_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) {
    const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
    ids.push_back(id_of(sent));
    alice.send(sent);
  }
  for (const std::string& id : ids) {
    check(id_of(alice.expect(stanza("ack", {{"class", "message"}}))) == id,
          "the next ack is of the next message");
  }
}

SERVER_CASE(acks, id_is_opaque, "An ack repeats the id of its message, whatever it is made of",
            .checks = {Rule::STANZA_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  for (const std::string_view id : {"3eb0abcdef", "3EB0ABCDEF", "7", "a.b-c_d"}) {
    alice.send(alice.message_to(bob.jid().account(), {bob.jid()}, std::string(id)));
    alice.expect(ack_of("message", id));
    bob.expect(message(id));
  }
}

SERVER_CASE(acks, repeated_message, "A message that is sent again is acknowledged again",
            .checks = {Rule::STANZA_40, Rule::STANZA_23}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  for (int i = 0; i < 2; ++i) {
    alice.send(sent);
    check(!alice.expect(ack_of("message", id_of(sent))).has("error"), "the ack has no error");
  }
}

SERVER_CASE(acks, message_without_payload, "A message without ciphertext is rejected",
            .checks = {Rule::STANZA_41}) {
  expect_rejected(bench, [](wire::Node& bad, Peer&) { bad.content = {}; });
}

SERVER_CASE(acks, message_without_type, "A message without type is rejected",
            .checks = {Rule::STANZA_41, Rule::STANZA_133}) {
  expect_rejected(bench, [](wire::Node& bad, Peer&) { bad.remove("type"); });
}

SERVER_CASE(acks, message_to_nobody, "A message without to is rejected",
            .checks = {Rule::STANZA_41}) {
  expect_rejected(bench, [](wire::Node& bad, Peer&) { bad.remove("to"); });
}

SERVER_CASE(acks, message_to_unknown_account,
            "A message to an account that does not exist is rejected",
            .checks = {Rule::STANZA_41, Rule::STANZA_40}) {
  expect_rejected(bench,
                  [](wire::Node& bad, Peer&) { bad.set("to", wire::Jid::of_user("15550000000")); });
}

SERVER_CASE(acks, message_to_text_that_is_no_jid, "A message to a text that is no JID is rejected",
            .checks = {Rule::STANZA_41}) {
  expect_rejected(bench, [](wire::Node& bad, Peer&) { bad.set("to", "not a jid"); });
}

SERVER_CASE(acks, receipt,
            "A receipt is acknowledged once, with its id and type, from whom it was for",
            .checks = {Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  bob.send(element("receipt",
                   {{"id", wire::Text(id)}, {"to", alice.jid().account()}, {"type", "read"}}));
  const wire::Node ack = bob.expect(ack_of("receipt", id));
  check(names(ack, "from", alice.jid().account()), "from is the receipt's to, encoded as a JID");
  check(!ack.has("error"), "the ack has no error");
  bob.barrier();
  bob.expect_none(ack_of("receipt", id));
}

SERVER_CASE(acks, receipts_of_every_type,
            "Receipts of each type that a client sends are acknowledged, once each",
            .checks = {Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  for (const std::string_view type : {"read", "played", "read-self", "played-self", "inactive",
                                      "sender", "server-error", "peer_msg", "hist_sync", "retry"}) {
    const std::string id = send_message(alice, bob);
    bob.expect(message(id));
    wire::Node sent = element("receipt", {{"id", wire::Text(id)}, {"to", alice.jid()}});
    sent.set("type", wire::Text(type));
    if (type == "retry") {
      sent.content = std::vector<wire::Node>{R"(<retry count="1" t="1" v="1"/>)"_node,
                                             element_of_bytes("registration", Bytes{0, 0, 1, 2})};
    }
    bob.send(sent);
    const wire::Node ack = bob.expect(ack_of("receipt", id));
    check(ack.text("type") == type, "the ack repeats the type " + std::string(type),
          wire::print_node(ack));
  }
  bob.barrier();
  bob.expect_none(stanza("ack", {{"class", "receipt"}}));
}

SERVER_CASE(acks, receipt_for_a_call,
            "The receipt that settles a call is acknowledged, and reaches the caller",
            .checks = {Rule::STANZA_79, Rule::STANZA_83}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.send(element("receipt", {{"id", "CALL1"}, {"to", alice.jid()}},
                   {R"(<offer call-id="A1B2C3D4E5F60718"/>)"_node}));
  bob.expect(ack_of("receipt", "CALL1"));
  const wire::Node received = alice.expect(receipt("CALL1"));
  check(received.child("offer") != nullptr, "the caller gets it", wire::print_node(received));
}

SERVER_CASE(acks, plain_receipt, "The ack of a receipt without type has no type",
            .checks = {Rule::STANZA_79, Rule::STANZA_82}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node received = [&] { return bob.expect(message(send_message(alice, bob))); }();
  bob.settle(received);
  check(!bob.expect(ack_of("receipt", id_of(received))).has("type"), "the ack has no type");
}

SERVER_CASE(acks, receipt_of_what_never_was,
            "A receipt for a message that never was is acknowledged",
            .checks = {Rule::STANZA_79, Rule::IQ_05}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  bob.send(element("receipt", {{"id", "NEVER"}, {"to", alice.jid().account()}, {"type", "read"}}));
  bob.expect(ack_of("receipt", "NEVER"));
}

SERVER_CASE(acks, receipt_without_to,
            "A receipt for a copy of an own message may leave out to, and is acknowledged",
            .checks = {Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  alice.send(R"(<receipt id="OWN" type="sender"/>)"_node);
  alice.expect(ack_of("receipt", "OWN"));
}

SERVER_CASE(acks, receipt_with_a_list, "A receipt for several messages is acknowledged once",
            .checks = {Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string first = send_message(alice, bob);
  const std::string second = send_message(alice, bob);
  bob.expect(message(second));
  bob.send(element("receipt",
                   {{"id", wire::Text(first)}, {"to", alice.jid().account()}, {"type", "read"}},
                   {element("list", {}, {element("item", {{"id", wire::Text(second)}})})}));
  bob.expect(ack_of("receipt", first));
  bob.barrier();
  bob.expect_none(stanza("ack", {{"class", "receipt"}}));
}

SERVER_CASE(acks, call, "A call is acknowledged", .checks = {Rule::STANZA_79}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  wire::Node call = R"(<call id="C1"><reject call-id="X1" count="0"/></call>)"_node;
  call.set("to", bob.jid().account());
  alice.send(call);
  check(names(alice.expect(ack_of("call", "C1")), "from", bob.jid().account()),
        "from is the call's to, encoded as a JID");
}

SERVER_CASE(acks, ack_is_not_acknowledged, "An ack is not acknowledged",
            .checks = {Rule::STANZA_80}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node received = bob.expect(message(send_message(alice, bob)));
  wire::Node ack = element(
      "ack", {{"class", "message"}, {"id", wire::Text(id_of(received))}, {"to", alice.jid()}});
  bob.send(ack);
  bob.barrier();
  bob.expect_none(stanza("ack"));
}

}  // namespace doublecheck::harness
