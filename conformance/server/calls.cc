#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Calls: what the devices of two accounts say to each other about them, which the server passes on
// without understanding it.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Says this about a call of `creator`, and waits for the ack.
void say_about_a_call(Peer& from, const wire::Jid& to, const Peer& creator, wire::Node action) {
  action.set("call-id", "A1B2C3D4E5F60718");
  action.set("call-creator", creator.jid());
  const std::string id = from.new_id();
  from.send(element("call", {{"id", wire::Text(id)}, {"to", to}}, {std::move(action)}));
  from.expect(ack_of("call", id));
}

void offer_a_call(Peer& from, const Peer& to) {
  say_about_a_call(from, to.jid().account(), from,
                   R"(<offer><audio enc="opus" rate="16000"/></offer>)"_node);
}

bool is_offer_of(const wire::Node& stanza, const Peer& caller) {
  return stanza.tag == "call" && names(stanza, "from", caller.jid()) &&
         stanza.child("offer") != nullptr;
}

std::size_t offers_of(const Peer& caller, const std::vector<wire::Node>& stanzas) {
  return static_cast<std::size_t>(std::ranges::count_if(
      stanzas, [&](const wire::Node& stanza) { return is_offer_of(stanza, caller); }));
}

// A queued offer comes, is answered like this, and does not come again.
void expect_call_settled_by(ServerBench& bench, std::vector<wire::Node> answers) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("bob settles everything", [&] { settle_everything(bob); });
  bob.close();
  offer_a_call(alice, bob);
  const auto come_back = [&] {
    bob.close();
    bob.log_in();
    return bob.activate();
  };
  std::vector<wire::Node> queue;
  precondition("the offer comes, and comes again while it is not settled", [&] {
    check(offers_of(alice, come_back()) == 1, "it comes");
    queue = come_back();
    check(offers_of(alice, queue) == 1, "it comes again");
  });
  const auto offer = std::ranges::find_if(
      queue, [&](const wire::Node& stanza) { return is_offer_of(stanza, alice); });
  for (wire::Node& answer : answers) {
    answer.set("id", wire::Text(id_of(*offer)));
    answer.set("to", alice.jid());
    bob.send(answer);
  }
  bob.barrier();
  check(offers_of(alice, come_back()) == 0, "it does not come again");
}

}  // namespace

SERVER_CASE(calls, unknown_action, "An action that nobody knows is passed on as it is",
            .checks = {Rule::CALL_37, Rule::CALL_33}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  wire::Node action =
      R"(<frobnicate level="7"><part name="x">bytes:"abc"</part></frobnicate>)"_node;
  say_about_a_call(alice, bob.jid(), alice, action);
  action.set("call-id", "A1B2C3D4E5F60718");
  action.set("call-creator", alice.jid());
  const wire::Node call = bob.expect(stanza("call"));
  check(call.children().size() == 1 && call.children().front() == action,
        "the action is unchanged, and alone", wire::print_node(call));
}

SERVER_CASE(calls, reject_to_an_account,
            "A reject that names no device reaches the device that has created the call",
            .checks = {Rule::CALL_34}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("the offer arrives", [&] {
    offer_a_call(alice, bob);
    bob.expect(stanza("call"));
  });
  say_about_a_call(bob, alice.jid().account(), alice, R"(<reject count="0"/>)"_node);
  const wire::Node call = alice.expect(stanza("call"));
  check(names(call, "from", bob.jid()) &&
            descend(call, {"reject"}).text("call-id") == "A1B2C3D4E5F60718",
        "it is the reject of that call", wire::print_node(call));
}

SERVER_CASE(calls, live_has_no_mark, "A call that comes at once has no attribute offline",
            .checks = {Rule::CALL_35}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  offer_a_call(alice, bob);
  const wire::Node call = bob.expect(stanza("call"));
  check(!call.has("offline"), "it is not marked as queued", wire::print_node(call));
}

SERVER_CASE(calls, queued, "A call for a device that is away is marked as queued, and counted",
            .checks = {Rule::CALL_36}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("bob settles everything", [&] { settle_everything(bob); });
  bob.close();
  offer_a_call(alice, bob);
  bob.log_in();
  bob.send(
      R"(<iq id="active" to=jid:"@s.whatsapp.net" type="set" xmlns="passive"><active/></iq>)"_node);
  check_result(bob.expect(answer_to("active")));
  const wire::Node marker = bob.expect(info("offline"));
  const std::vector<wire::Node> came(bob.inbox().begin(), bob.inbox().end());
  const auto call = std::ranges::find_if(
      came, [&](const wire::Node& stanza) { return is_offer_of(stanza, alice); });
  check(call != came.end() && call->has("offline"), "the offer has come, marked as queued");
  check(descend(marker, {"offline"}).number("count") ==
            static_cast<std::uint64_t>(std::ranges::count_if(came, queued().matches)),
        "the end marker counts it", wire::print_node(marker));
}

SERVER_CASE(calls, settled_by_ack, "An ack settles a call", .checks = {Rule::CALL_31}) {
  expect_call_settled_by(bench, {R"(<ack class="call"/>)"_node});
}

SERVER_CASE(calls, settled_by_receipt, "A receipt with a child offer settles a call",
            .checks = {Rule::CALL_31}) {
  expect_call_settled_by(bench, {R"(<receipt><offer call-id="A1B2C3D4E5F60718"/></receipt>)"_node});
}

SERVER_CASE(calls, settled_by_both, "A receipt and an ack settle a call together",
            .checks = {Rule::CALL_31}) {
  expect_call_settled_by(bench, {R"(<receipt><offer call-id="A1B2C3D4E5F60718"/></receipt>)"_node,
                                 R"(<ack class="call"/>)"_node});
}

}  // namespace doublecheck::harness
