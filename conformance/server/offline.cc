#include <algorithm>

#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// What waits for a device that is away, and how it gets it when it comes back. Cases look at the
// messages of one author only: a phone, too, may have something for its companion.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

struct Pair {
  Peer& alice;
  Peer& bob;  // away, and owed nothing
};
Pair bob_away(ServerBench& bench) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("bob settles everything", [&] { settle_everything(bob); });
  bob.close();
  return {alice, bob};
}

std::vector<std::string> send_messages(Peer& from, const Peer& to, int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back(send_message(from, to));
  return ids;
}

std::vector<wire::Node> come_back(Peer& peer) {
  peer.close();
  peer.log_in();
  return peer.activate();
}

// Becomes active and gives everything that comes of it, in the order in which it comes.
std::vector<wire::Node> everything_after_active(Peer& peer) {
  peer.log_in();
  peer.send(
      R"(<iq id="active" to=jid:"@s.whatsapp.net" type="set" xmlns="passive"><active/></iq>)"_node);
  check_result(peer.expect(answer_to("active")));
  peer.barrier();
  return {peer.inbox().begin(), peer.inbox().end()};
}

std::ptrdiff_t position_of(const std::vector<wire::Node>& stanzas, const Matcher& matcher) {
  const auto found = std::ranges::find_if(stanzas, matcher.matches);
  check(found != stanzas.end(), matcher.description + " comes");
  return found - stanzas.begin();
}

// The message is queued, comes, is answered like this, and does not come again.
void expect_settled_by(ServerBench& bench, const wire::Node& answer_without_id) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 2);
  precondition("both messages come",
               [&] { check(ids_from(come_back(bob), alice) == ids, "both come"); });
  wire::Node answer = answer_without_id;
  answer.set("id", wire::Text(ids[0]));
  answer.set("to", alice.jid());
  bob.send(answer);
  bob.barrier();
  check(ids_from(come_back(bob), alice) == std::vector{ids[1]},
        "the one that was settled does not come again, the other does");
}

}  // namespace

SERVER_CASE(offline, order,
            "Queued messages of one chat come in the order in which they were accepted",
            .checks = {Rule::STANZA_31}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 12);
  check(ids_from(come_back(bob), alice) == ids, "all messages come, in their order");
}

SERVER_CASE(offline, content_is_unchanged,
            "A queued message arrives as a live one would, with the attribute offline",
            .checks = {Rule::STANZA_29, Rule::STANZA_47}) {
  auto [alice, bob] = bob_away(bench);
  const std::string id = send_message(alice, bob);
  const auto queue = come_back(bob);
  const auto found = std::ranges::find_if(queue, message(id).matches);
  check(found != queue.end() && found->has("offline"),
        "the message comes with the attribute offline");
  check(names(*found, "from", alice.jid()) && found->number("t").has_value(), "it has from and t");
  check(count_children(*found, "enc") == 1, "it has the enc");
}

SERVER_CASE(offline, end_marker_counts,
            "The end marker tells how many queued stanzas came before it",
            .checks = {Rule::STANZA_26, Rule::LOGIN_07}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 3);
  const auto stanzas = everything_after_active(bob);
  precondition("the queue comes",
               [&] { check(ids_from(stanzas, alice) == ids, "all messages come"); });
  const auto marker = stanzas[static_cast<std::size_t>(position_of(stanzas, info("offline")))];
  const auto came = std::ranges::count_if(stanzas, queued().matches);
  check(descend(marker, {"offline"}).number("count") == static_cast<std::uint64_t>(came),
        "count is the number of queued stanzas");
}

SERVER_CASE(offline, end_marker_is_last, "The end marker comes behind every queued stanza",
            .checks = {Rule::STANZA_26}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 5);
  const auto stanzas = everything_after_active(bob);
  const auto marker = position_of(stanzas, info("offline"));
  for (const std::string& id : ids)
    check(position_of(stanzas, message(id)) < marker,
          "a queued message comes before the end marker");
  check(std::none_of(stanzas.begin() + marker, stanzas.end(), queued().matches),
        "nothing queued comes behind it");
}

SERVER_CASE(offline, end_marker_of_an_empty_queue,
            "The end marker comes also when nothing was queued, with count 0",
            .checks = {Rule::STANZA_26, Rule::LOGIN_07}) {
  auto [alice, bob] = bob_away(bench);
  const auto stanzas = everything_after_active(bob);
  const auto marker = stanzas[static_cast<std::size_t>(position_of(stanzas, info("offline")))];
  check(descend(marker, {"offline"}).text("count") == "0", "count is 0");
  check(std::ranges::count_if(stanzas, info("offline").matches) == 1, "it comes once");
}

SERVER_CASE(offline, preview, "A queue that is not empty is announced by its counts",
            .checks = {Rule::STANZA_28}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 3);
  const auto stanzas = everything_after_active(bob);
  const auto at = position_of(stanzas, info("offline_preview"));
  check(at < position_of(stanzas, message(ids[0])), "the preview comes before the queue");
  check(std::ranges::count_if(stanzas, info("offline_preview").matches) == 1, "it comes once");
  const wire::Node& preview = descend(stanzas[static_cast<std::size_t>(at)], {"offline_preview"});
  const auto queued_stanzas = std::ranges::count_if(stanzas, queued().matches);
  const auto messages = std::ranges::count_if(stanzas, (queued() && stanza("message")).matches);
  check(preview.number("count") == static_cast<std::uint64_t>(queued_stanzas),
        "count is the number of queued stanzas");
  check(preview.number("message") == static_cast<std::uint64_t>(messages),
        "message is the number of queued messages");
  for (const std::string_view kind : {"notification", "receipt", "appdata"})
    check(preview.number(kind).has_value(), "every kind has a count");
}

SERVER_CASE(offline, one_child_in_ib, "Each ib has exactly one child",
            .checks = {Rule::IB_01, Rule::STANZA_06}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 2);
  const auto stanzas = everything_after_active(bob);
  precondition("the queue comes",
               [&] { check(ids_from(stanzas, alice) == ids, "all messages come"); });
  for (const wire::Node& received : stanzas) {
    if (received.tag == "ib") check(received.children().size() == 1, "an ib has one child");
  }
}

SERVER_CASE(offline, live_has_no_mark, "What comes live has no attribute offline",
            .checks = {Rule::STANZA_29}) {
  auto [alice, bob] = bob_away(bench);
  send_messages(alice, bob, 1);
  come_back(bob);
  check(!bob.expect(message(send_message(alice, bob))).has("offline"),
        "a live message has no attribute offline");
}

SERVER_CASE(offline, nothing_before_active,
            "Nothing is delivered before the client has asked for active",
            .checks = {Rule::STANZA_25}) {
  auto [alice, bob] = bob_away(bench);
  const std::string queued_id = send_message(alice, bob);
  bob.log_in();
  const std::string live_id = send_message(alice, bob);
  bob.barrier();
  for (const std::string_view tag : {"message", "receipt", "notification"})
    bob.expect_none(stanza(tag));
  check(ids_from(bob.activate(), alice) == std::vector{queued_id, live_id},
        "both messages come once it has");
}

SERVER_CASE(offline, no_batch_needed, "The whole queue comes without being asked for in batches",
            .checks = {Rule::STANZA_27, Rule::IB_05}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 40);
  check(ids_from(come_back(bob), alice) == ids, "all messages come");
}

SERVER_CASE(offline, batch_request_is_harmless,
            "A client that asks for batches gets the queue once",
            .checks = {Rule::IB_05, Rule::STANZA_33}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 10);
  check(ids_from(come_back(bob), alice) == ids, "all messages come");
  bob.send(R"(<ib><offline_batch count="100"/></ib>)"_node);
  bob.barrier();
  for (const std::string& id : ids) bob.expect_none(message(id));
}

SERVER_CASE(offline, active_twice, "A second request for active does not bring the queue again",
            .checks = {Rule::STANZA_33}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 3);
  precondition("the queue comes",
               [&] { check(ids_from(come_back(bob), alice) == ids, "all messages come"); });
  check_result(bob.ask(R"(<iq type="set" xmlns="passive"><active/></iq>)"_node));
  bob.barrier();
  for (const std::string& id : ids) bob.expect_none(message(id));
}

SERVER_CASE(offline, live_behind_the_queue,
            "A live message of a chat comes behind the queued ones of it",
            .checks = {Rule::STANZA_31}) {
  auto [alice, bob] = bob_away(bench);
  auto ids = send_messages(alice, bob, 20);
  bob.log_in();
  bob.send(
      R"(<iq id="active" to=jid:"@s.whatsapp.net" type="set" xmlns="passive"><active/></iq>)"_node);
  for (const std::string& id : send_messages(alice, bob, 5)) ids.push_back(id);
  bob.expect(answer_to("active"));
  bob.barrier();
  check(ids_from({bob.inbox().begin(), bob.inbox().end()}, alice) == ids,
        "all messages come, in their order");
}

// ---- Settled, and not

SERVER_CASE(offline, unsettled_comes_again,
            "What was not settled comes again on the next connection, marked as queued",
            .checks = {Rule::STANZA_32, Rule::STANZA_29}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 3);
  for (int connection = 0; connection < 3; ++connection) {
    check(ids_from(come_back(bob), alice) == ids, "all messages come, in their order");
  }
}

SERVER_CASE(offline, unsettled_live_message,
            "A live message that was not settled comes again on the next connection",
            .checks = {Rule::STANZA_32}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  check(ids_from(come_back(bob), alice) == std::vector{id}, "the message comes again");
}

SERVER_CASE(offline, connection_reset,
            "What was under way when a connection broke comes on the next one",
            .checks = {Rule::STANZA_32}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  precondition("bob settles everything", [&] { settle_everything(bob); });
  const wire::Node sent = alice.message_to(bob.jid().account(), {bob.jid()});
  alice.send(sent);
  bob.reset();
  check(!alice.expect(ack_of("message", id_of(sent))).has("error"), "the message is accepted");
  check(ids_from(come_back(bob), alice) == std::vector{id_of(sent)}, "the message comes");
}

SERVER_CASE(offline, settled_by_receipt, "A receipt settles a message",
            .checks = {Rule::STANZA_70}) {
  expect_settled_by(bench, R"(<receipt/>)"_node);
}

SERVER_CASE(offline, settled_by_ack, "An ack settles a message", .checks = {Rule::STANZA_70}) {
  expect_settled_by(bench, R"(<ack class="message"/>)"_node);
}

SERVER_CASE(offline, settled_by_ack_with_error, "An ack with error settles a message",
            .checks = {Rule::STANZA_70}) {
  expect_settled_by(bench, R"(<ack class="message" error="500"/>)"_node);
}

SERVER_CASE(offline, settled_by_inactive_receipt, "A receipt of type inactive settles a message",
            .checks = {Rule::STANZA_70}) {
  expect_settled_by(bench, R"(<receipt type="inactive"/>)"_node);
}

SERVER_CASE(offline, error_is_not_forwarded,
            "An ack with error settles a message and tells its author nothing",
            .checks = {Rule::STANZA_70, Rule::STANZA_84}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.expect(message(id));
  bob.send(element(
      "ack",
      {{"class", "message"}, {"id", wire::Text(id)}, {"to", alice.jid()}, {"error", "500"}}));
  bob.barrier();
  alice.barrier();
  alice.expect_none(
      {"anything about it", [&](const wire::Node& node) { return id_of(node) == id; }});
}

SERVER_CASE(
    offline, broken_off_in_the_middle,
    "A client whose connection ends in the middle of its queue gets the rest, and only that",
    .checks = {Rule::STANZA_32, Rule::STANZA_31}) {
  auto [alice, bob] = bob_away(bench);
  const auto ids = send_messages(alice, bob, 6);
  const auto first = come_back(bob);
  precondition("the queue comes",
               [&] { check(ids_from(first, alice) == ids, "all messages come"); });
  for (const wire::Node& received : first) {
    if (id_of(received) == ids[0] || id_of(received) == ids[1]) bob.settle(received);
  }
  bob.expect(ack_of("receipt", ids[1]));
  bob.reset();
  check(ids_from(come_back(bob), alice) == std::vector(ids.begin() + 2, ids.end()),
        "the rest comes, in its order");
}

SERVER_CASE(offline, each_device_has_its_own_queue,
            "What one device has settled still comes to the other",
            .checks = {Rule::STANZA_32, Rule::STANZA_47}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  Peer& second = bench.online_peer_of("bob", "bob's second");
  precondition("bob's second settles everything", [&] { settle_everything(second); });
  second.close();
  const std::string id = send_message(alice, bob.jid().account(), {bob.jid(), second.jid()});
  bob.settle(bob.expect(message(id)));
  bob.expect(ack_of("receipt", id));
  check(ids_from(come_back(second), alice) == std::vector{id},
        "the message comes to the other device");
}

// ---- Receipts

SERVER_CASE(offline, no_receipt_before_settled,
            "The author gets no delivery receipt before the recipient has settled the message",
            .checks = {Rule::STANZA_84}) {
  auto [alice, bob] = bob_away(bench);
  const std::string id = send_message(alice, bob);
  alice.barrier();
  alice.expect_none(receipt(id));
  const auto queue = come_back(bob);
  bob.barrier();
  alice.barrier();
  alice.expect_none(receipt(id));
  for (const wire::Node& received : queue) {
    if (id_of(received) == id) bob.settle(received);
  }
  alice.expect(receipt(id));
}

SERVER_CASE(offline, receipt_for_an_author_who_is_away, "A receipt waits for an author who is away",
            .checks = {Rule::STANZA_85}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  const wire::Node received = bob.expect(message(id));
  alice.close();
  bob.settle(received);
  bob.expect(ack_of("receipt", id));
  const auto queue = come_back(alice);
  const auto found = std::ranges::find_if(queue, receipt(id).matches);
  check(found != queue.end(), "the receipt is in the queue");
  check(names(*found, "from", bob.jid()) && !found->has("type"), "it is bob's, and of no type");
}

SERVER_CASE(offline, receipt_settled_by_ack, "A receipt that was acknowledged does not come again",
            .checks = {Rule::STANZA_32, Rule::STANZA_85}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  const std::string id = send_message(alice, bob);
  bob.settle(bob.expect(message(id)));
  alice.expect(receipt(id));
  const auto has_receipt = [&] {
    return std::ranges::any_of(come_back(alice), receipt(id).matches);
  };
  precondition("an unsettled receipt comes again",
               [&] { check(has_receipt(), "the receipt comes"); });
  alice.send(element("ack", {{"class", "receipt"}, {"id", wire::Text(id)}, {"to", bob.jid()}}));
  alice.barrier();
  check(!has_receipt(), "a settled receipt does not come again");
}

}  // namespace doublecheck::harness
