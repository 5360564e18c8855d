#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// The queue of what came while a client was away: what waits there counts as what comes live, and
// what comes twice, for whatever reason, is settled each time and told once.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Keeps copies of the messages that the server sends to the client.
class Copies {
 public:
  explicit Copies(ClientBench& bench) {
    bench.script().edit([kept = kept_](std::vector<wire::Node>& stanzas) {
      for (const wire::Node& node : stanzas) {
        if (node.tag == "message" && node.text("category") != "peer") kept->push_back(node);
      }
    });
  }
  const wire::Node& of(const std::string& id) const {
    const auto found =
        std::ranges::find_if(*kept_, [&](const wire::Node& node) { return node.text("id") == id; });
    if (found == kept_->end()) inconclusive("the message " + id + " was never sent");
    return *found;
  }

 private:
  std::shared_ptr<std::vector<wire::Node>> kept_ = std::make_shared<std::vector<wire::Node>>();
};

wire::Node as_queued(wire::Node stanza, const std::string& number = "1") {
  stanza.set("offline", wire::Text(number));
  return stanza;
}

// Settled, and not asked for again.
void expect_settled(ClientBench& bench, const std::string& id) {
  const wire::Node answer = bench.expect(about("receipt", id) || about("ack", id));
  check(answer.text("type") != "retry", "it is settled, and not asked for again",
        wire::print_node(answer));
  bench.barrier();
  bench.expect_none(stanza("receipt", {{"id", id}, {"type", "retry"}}));
}

// Takes what else the client has said about the message.
void forget_answers(ClientBench& bench, const std::string& id) {
  bench.barrier();
  std::erase_if(bench.script().received_stanzas(), [&](const ScriptedServer::Received& received) {
    return received.stanza.text("id") == id;
  });
}

// How often the application was told of the message.
std::size_t times_told(ClientBench& bench, const std::string& id) {
  bench.barrier();
  let_time_pass(bench, seconds(2), seconds(2));
  return static_cast<std::size_t>(
      std::ranges::count_if(bench.client().events(), [&](const client::Event& event) {
        const auto* message = std::get_if<client::MessageReceived>(&event);
        return message != nullptr && message->id == id;
      }));
}

void expect_told_once(ClientBench& bench, const std::string& id) {
  const std::size_t times = times_told(bench, id);
  check(times == 1, "the application is told once", std::to_string(times) + " times");
}

wire::Jid group_with(ClientAndBob& talk) {
  const auto made =
      talk.bench.run(*talk.bob->client, client::CreateGroup{"A group", {talk.own.jid.account()}});
  if (!made.group) inconclusive("the group cannot be made");
  talk.bench.expect(stanza("ack", {{"class", "notification"}, {"type", "w:gp2"}}));
  return *made.group;
}

// The same stanzas, one after the other, on a new connection.
void replayed_queue(ClientBench& bench, bool reversed) {
  ClientAndBob talk(bench);
  const Copies copies(bench);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(talk.from_bob("number " + std::to_string(i)));
  for (const std::string& id : ids) {
    talk.expect_read(id);
    forget_answers(bench, id);
  }
  reconnect(bench);
  if (reversed) std::ranges::reverse(ids);
  for (const std::string& id : ids) bench.send(as_queued(copies.of(id)));
  for (const std::string& id : ids) expect_settled(bench, id);
  for (const std::string& id : ids) expect_told_once(bench, id);
}

}  // namespace

// ---- What comes again

CLIENT_CASE(offline, repeated_on_one_connection,
            "A message that comes twice on one connection is told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const Copies copies(bench);
  const std::string id = talk.from_bob("once");
  talk.expect_read(id);
  forget_answers(bench, id);
  bench.send(copies.of(id));
  expect_settled(bench, id);
  expect_told_once(bench, id);
}

CLIENT_CASE(offline, repeated_after_it_was_settled,
            "A message that was settled and comes again on the next connection is settled again, "
            "and told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const Copies copies(bench);
  const std::string id = talk.from_bob("once");
  talk.expect_read(id);
  reconnect(bench);
  forget_answers(bench, id);
  bench.send(as_queued(copies.of(id)));
  expect_settled(bench, id);
  expect_told_once(bench, id);
}

CLIENT_CASE(offline, repeated_because_it_was_not_settled,
            "A message whose receipt the server never got, and which it delivers again, is settled "
            "again, and told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  bench.script().hide(stanza("receipt"));
  bench.script().hide(stanza("ack"));
  const std::string id = talk.from_bob("once");
  precondition("the client reads it", [&] { talk.expect_read(id); });
  forget_answers(bench, id);
  bench.script().behave();
  reconnect(bench);
  expect_settled(bench, id);
  expect_told_once(bench, id);
}

CLIENT_CASE(offline, replayed_queue, "A queue that comes a second time is settled, and told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  replayed_queue(bench, false);
}

CLIENT_CASE(offline, replayed_queue_in_reverse,
            "A queue that comes a second time from its end is settled, and told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  replayed_queue(bench, true);
}

CLIENT_CASE(offline, repeated_first_message,
            "A message that starts a session and comes again on the next connection is settled "
            "again, and told once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const auto device = PlayedDevice::companion(bench, talk.account_of(*talk.bob), 40, 40);
  const wire::Node first =
      device->message(bench, device->jid, "FIRST", payload::Message::of_text("how do you do"));
  bench.send(first);
  precondition("the client reads it", [&] { talk.expect_read("FIRST"); });
  reconnect(bench);
  forget_answers(bench, "FIRST");
  bench.send(as_queued(first));
  expect_settled(bench, "FIRST");
  expect_told_once(bench, "FIRST");
  // Nor has it harmed the session.
  bench.send(device->message(bench, device->jid, "SECOND", payload::Message::of_text("as I said")));
  talk.expect_read("SECOND");
}

CLIENT_CASE(offline, repeated_group_message,
            "A group message that comes again on the next connection is settled again, and told "
            "once",
            .checks = {Rule::SESSION_25, Rule::SESSION_24, Rule::STANZA_69},
            .capabilities = {"groups", "receive_text"}) {
  ClientAndBob talk(bench);
  const wire::Jid group = group_with(talk);
  const Copies copies(bench);
  const std::string id =
      bench.run(*talk.bob->client, client::SendText{.to = group, .text = "once"}).message_id;
  precondition("the client reads it", [&] { talk.expect_read(id); });
  reconnect(bench);
  forget_answers(bench, id);
  bench.send(as_queued(copies.of(id)));
  expect_settled(bench, id);
  expect_told_once(bench, id);
}

CLIENT_CASE(offline, one_id_of_two_senders,
            "Messages of two senders that have one id are two messages",
            .checks = {Rule::STANZA_69, Rule::STANZA_81}, .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  Contact& carol = bench.contact("carol");
  const std::string id = talk.from_bob("from bob");
  talk.expect_read(id);
  bench.run(*carol.client,
            client::SendText{.to = talk.own.jid.account(), .text = "from carol", .message_id = id});
  talk.expect_read(id);
  const std::size_t times = times_told(bench, id);
  check(times == 2, "the application is told of both", std::to_string(times) + " times");
}

CLIENT_CASE(offline, repeated_receipt, "A receipt that comes again is acknowledged again",
            .checks = {Rule::STANZA_72}) {
  ClientAndBob talk(bench);
  const std::string id = id_in(talk.to_bob("did you get it"));
  wire::Node receipt = R"(<receipt t="1750000000"/>)"_node;
  receipt.set("id", wire::Text(id));
  receipt.set("from", talk.bob->jid);
  const Matcher ack = stanza("ack", {{"class", "receipt"}, {"id", id}});
  bench.barrier();
  while (bench.count(ack) > 0) bench.expect(ack);
  for (int i = 0; i < 3; ++i) {
    bench.send(receipt);
    bench.expect(ack);
    if (i == 1) reconnect(bench);
  }
  bench.barrier();
  bench.expect_none(ack);
}

CLIENT_CASE(offline, repeated_notification, "A notification that comes again is acknowledged again",
            .checks = {Rule::STANZA_72}) {
  ClientAndBob talk(bench);
  wire::Node notification =
      R"(<notification type="devices" id="again" t="1750000000"><update hash="2:AAAAAAAA"/></notification>)"_node;
  notification.set("from", talk.bob->user());
  const Matcher ack = stanza("ack", {{"class", "notification"}, {"id", "again"}});
  for (int i = 0; i < 3; ++i) {
    bench.send(as_queued(notification, std::to_string(i)));
    bench.expect(ack);
    if (i == 1) reconnect(bench);
  }
  bench.barrier();
  bench.expect_none(ack);
}

// ---- What waited

namespace {

client::MessageReceived told_of(ClientBench& bench, const std::string& id) {
  const auto told = wait_for<client::MessageReceived>(
      bench.driver(), bench.client(), seconds(30),
      [&](const client::MessageReceived& message) { return message.id == id; });
  check(told.has_value(), "the application is told of " + id, "it is not");
  return *told;
}

}  // namespace

CLIENT_CASE(offline, queued_whatever_the_number,
            "A message with offline is taken for a queued one, whatever the number is",
            .checks = {Rule::STANZA_30}, .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  const auto device = PlayedDevice::companion(bench, talk.account_of(*talk.bob), 40, 40);
  const auto send = [&](const std::string& id, const std::string& number) {
    wire::Node message =
        device->message(bench, device->jid, id, payload::Message::of_text("text of " + id));
    if (!number.empty()) message.set("offline", wire::Text(number));
    bench.send(message);
    return told_of(bench, id).offline;
  };
  // As the server announces them, and says that there are no more.
  bench.send(
      R"(<ib from=jid:"@s.whatsapp.net"><offline_preview count="3" message="3" notification="0" receipt="0" appdata="0"/></ib>)"_node);
  check(send("ZERO", "0"), "offline=\"0\" is a queued message");
  check(send("ONE", "1"), "offline=\"1\" is a queued message");
  check(send("MANY", "4711"), "offline=\"4711\" is a queued message");
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><offline count="3"/></ib>)"_node);
  bench.barrier();
  check(!send("LIVE", ""), "a message without offline is a live one");
}

CLIENT_CASE(offline, queued_receipt, "A receipt that waited is reported like a live one",
            .checks = {Rule::STANZA_121}, .capabilities = {"receipts"}) {
  ClientAndBob talk(bench);
  const std::string id = id_in(talk.to_bob("did you read it"));
  wire::Node receipt = R"(<receipt t="1750000000" type="read" offline="2"/>)"_node;
  receipt.set("id", wire::Text(id));
  receipt.set("from", talk.bob->user());
  bench.send(receipt);
  const auto told = wait_for<client::ReceiptReceived>(
      bench.driver(), bench.client(), seconds(20), [&](const client::ReceiptReceived& one) {
        return one.id == id && one.type == client::ReceiptType::kRead;
      });
  check(told.has_value(), "the application is told that it was read", "it is not");
}

CLIENT_CASE(offline, queued_call, "A call that waited is acknowledged like a live one",
            .checks = {Rule::STANZA_121, Rule::STANZA_72}) {
  ClientAndBob talk(bench);
  wire::Node call =
      R"(<call id="call-1" t="1750000000" offline="1"><offer_notice call-id="A1" media="audio" type="group"/></call>)"_node;
  call.set("from", talk.bob->jid);
  child_to_change(call, "offer_notice")->set("call-creator", talk.bob->jid);
  bench.send(call);
  bench.expect(stanza("ack", {{"class", "call"}, {"id", "call-1"}}));
  bench.expect_alive();
}

CLIENT_CASE(offline, queued_removal_of_a_device,
            "The removal of a device that waited in the queue counts as a live one does",
            .checks = {Rule::STANZA_121, Rule::DEVICE_11}) {
  ClientAndBob talk(bench);
  const server::Account& account = talk.account_of(*talk.bob);
  const auto device = PlayedDevice::companion(bench, account, 40, 40);
  precondition("the device gets what is written", [&] {
    introduce(bench, {.device = device, .list = key_index_list(bench, account, {40})});
    const wire::Node sent = talk.to_bob("to all of them");
    check(ciphertext_for(sent, *device) != nullptr, "there is a ciphertext for it",
          wire::print_node(sent));
  });
  bench.script().behave();
  wire::Node removal =
      R"(<notification type="devices" id="gone" t="1750000000" offline="1"><remove device_hash="2:AAAAAAAA"><device/><key-index-list ts="1750000000"/></remove></notification>)"_node;
  removal.set("from", talk.bob->user());
  child_to_change(*child_to_change(removal, "remove"), "device")->set("jid", device->jid);
  bench.send(removal);
  bench.barrier();
  const auto successor = PlayedDevice::companion(bench, account, 40, 41);
  introduce(bench, {.device = successor, .list = key_index_list(bench, account, {41})});
  const wire::Node sent = talk.to_bob("to the new one");
  check(starts_session(ciphertext_for(sent, *successor)),
        "there is a ciphertext for its successor that starts a session", wire::print_node(sent));
}

CLIENT_CASE(offline, order_of_the_queue, "The messages of a queue are reported in their order",
            .checks = {Rule::STANZA_35, Rule::STANZA_81}, .capabilities = {"receive_text"}) {
  ClientAndBob talk(bench);
  bench.disconnect();
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(talk.from_bob("number " + std::to_string(i)));
  std::erase_if(bench.client().events(), [](const client::Event& event) {
    return std::holds_alternative<client::MessageReceived>(event);
  });
  bench.client().command(client::Connect{});
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto told =
        wait_for<client::MessageReceived>(bench.driver(), bench.client(), seconds(60));
    check(told && told->id == ids[i], "message " + std::to_string(i) + " is next",
          told ? told->text : "none");
  }
}

CLIENT_CASE(offline, keepalive_during_the_queue,
            "While a long queue comes the client pings as it does otherwise",
            .checks = {Rule::STANZA_35, Rule::KEEP_01}, .needs = {Need::kClock}) {
  ClientAndBob talk(bench);
  const Matcher ping = stanza("iq", {{"xmlns", "w:p"}, {"type", "get"}});
  std::erase_if(bench.script().received_stanzas(), [&](const ScriptedServer::Received& received) {
    return ping.matches(received.stanza);
  });
  bench.send(
      R"(<ib from=jid:"@s.whatsapp.net"><offline_preview count="10000" message="0" notification="10000" receipt="0" appdata="0"/></ib>)"_node);
  constexpr int kStanzas = 600;
  for (int i = 0; i < kStanzas; ++i) {
    wire::Node queued =
        R"(<notification from=jid:"@s.whatsapp.net" type="zz" t="1750000000" offline="1"/>)"_node;
    queued.set("id", wire::Text("q-" + std::to_string(i)));
    bench.send(queued);
    bench.pass(std::chrono::milliseconds(100));
  }
  precondition("the queue is taken", [&] {
    check(bench.count(stanza("ack", {{"class", "notification"}})) >= kStanzas,
          "every stanza is acknowledged");
  });
  check(bench.count(ping) >= 1, "there is a ping within a minute", "none");
}

}  // namespace doublecheck::harness
