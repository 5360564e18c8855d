#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// How receipts travel: from the reader to the author, or to the reader's other devices.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// A receipt of bob's, of this type, for a message of alice's, as alice receives it.
wire::Node forwarded_receipt(Peer& alice, Peer& bob, std::string_view type) {
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  wire::Node sent = element("receipt", {{"id", wire::Text(id)}, {"to", alice.jid()}});
  if (!type.empty()) sent.set("type", wire::Text(type));
  bob.send(sent);
  return alice.expect(receipt(id));
}

}  // namespace

SERVER_CASE(receipts, delivery_receipt,
            "A delivery receipt reaches the author from the reader's device, without type, with t",
            .checks = {Rule::STANZA_82, Rule::STANZA_83}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const wire::Node received = forwarded_receipt(alice, bob, "");
  check(names(received, "from", bob.jid()), "from is the reader's device, encoded as a JID");
  check(!received.has("type"), "a plain delivery receipt has no type");
  check(received.number("t").has_value(), "t is the time in seconds");
}

SERVER_CASE(receipts, read_receipt,
            "A receipt for what was read or played reaches the author with its type",
            .checks = {Rule::STANZA_82, Rule::STANZA_83}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  for (const std::string_view type : {"read", "played"}) {
    const wire::Node received = forwarded_receipt(alice, bob, type);
    check(received.text("type") == type && received.number("t").has_value(),
          "it has its type and t", wire::print_node(received));
  }
}

SERVER_CASE(receipts, receipt_list,
            "A receipt for several messages reaches the author with its list",
            .checks = {Rule::STANZA_83}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string first = send_message(alice, bob);
  const std::string second = send_message(alice, bob);
  bob.expect(message(second));
  bob.send(element("receipt",
                   {{"id", wire::Text(first)}, {"to", alice.jid().account()}, {"type", "read"}},
                   {element("list", {}, {element("item", {{"id", wire::Text(second)}})})}));
  check(descend(alice.expect(receipt(first)), {"list", "item"}).text("id") == second,
        "the list is the reader's");
}

SERVER_CASE(receipts, read_self,
            "A read-self receipt reaches the reader's other devices and not the author",
            .checks = {Rule::STANZA_87}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  bob.send(element("receipt",
                   {{"id", wire::Text(id)}, {"to", alice.jid().account()}, {"type", "read-self"}}));
  check(second.expect(receipt(id)).text("type") == "read-self",
        "the other device gets it with its type");
  alice.barrier();
  alice.expect_none(receipt(id));
}

SERVER_CASE(receipts, retry_receipt,
            "A retry receipt reaches the device that sent the message, whole, and no other",
            .checks = {Rule::STANZA_95, Rule::RETRY_20}) {
  Peer& alice = bench.online_peer("alice");
  Peer& second = bench.online_peer_of("alice", "alice's second");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  wire::Node retry =
      element("receipt", {{"id", wire::Text(id)}, {"to", alice.jid()}, {"type", "retry"}},
              {R"(<retry count="1" t="1" v="1"/>)"_node,
               element_of_bytes("registration", Bytes{0, 0, 1, 2})});
  bob.send(retry);
  const wire::Node received = alice.expect(receipt(id) && stanza("receipt", {{"type", "retry"}}));
  check(names(received, "from", bob.jid()), "from is the device that asks");
  check(descend(received, {"retry"}).text("count") == "1", "the count is carried");
  check(equal(descend(received, {"registration"}).bytes().value_or(ByteView{}), Bytes{0, 0, 1, 2}),
        "the registration id is carried");
  second.barrier();
  second.expect_none(receipt(id));
}

SERVER_CASE(receipts, receipt_of_a_third_party,
            "A receipt is from the account of its connection, whatever from says",
            .checks = {Rule::STANZA_130}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& mallory = bench.online_peer("mallory");
  precondition("an honest receipt arrives", [&] { forwarded_receipt(alice, bob, "read"); });
  const std::string id = send_message(alice, bob);
  wire::Node forged =
      element("receipt", {{"id", wire::Text(id)}, {"to", alice.jid()}, {"type", "read"}});
  forged.set("from", bob.jid());
  mallory.send(forged);
  mallory.expect(ack_of("receipt", id));
  alice.barrier();
  alice.expect_none(receipt(id) && stanza("receipt", {{"from", bob.jid().to_string()}}));
}

}  // namespace doublecheck::harness
