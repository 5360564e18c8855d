#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "conformance/client/played_device.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// A new connection is a new one: nothing of the one before holds it up, answers its queries, or
// counts for it. What was asked for before is done, or reported as failed.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;
using std::chrono::minutes;

bool has_failed(ClientBench& bench, client::CommandId command) {
  for (const client::Event& event : bench.client().events()) {
    const auto* failed = std::get_if<client::CommandFailed>(&event);
    if (failed != nullptr && failed->command == command) return true;
  }
  return false;
}

// The server says, to who asks, that hardly a prekey is left.
void say_that_keys_are_few(ClientBench& bench) {
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      wire::Node* count = node.tag == "iq" ? child_to_change(node, "count") : nullptr;
      if (count != nullptr) count->set("value", "1");
    }
  });
}

// The client is asked to send a text, which cannot be finished as long as the server hides `from`.
client::CommandId send_and_get_stuck(ClientAndBob& talk, const wire::Jid& to, const Matcher& at) {
  ClientBench& bench = talk.bench;
  bench.script().hide(at);
  std::erase_if(bench.script().received_stanzas(), [&](const ScriptedServer::Received& received) {
    return at.matches(received.stanza);
  });
  const client::CommandId command =
      bench.client().command(client::SendText{.to = to, .text = "half way", .message_id = {}});
  precondition("the client is on its way to send", [&] {
    bench.driver().run_until([&] { return bench.count(at) > 0; }, seconds(20));
    check(bench.count(at) > 0, "it sends " + at.description);
  });
  return command;
}

// After the connection was lost half way, the message is sent on the next one, once, or reported as
// failed.
void expect_sent_or_failed(ClientAndBob& talk, client::CommandId command,
                           const std::string& original_id) {
  ClientBench& bench = talk.bench;
  bench.script().behave();
  bench.script().received_stanzas().clear();
  reconnect(bench);
  bench.barrier();
  bench.driver().run_until(
      [&] { return bench.count(chat_message()) > 0 || has_failed(bench, command); }, seconds(90));
  let_time_pass(bench, seconds(5), seconds(1));
  const std::size_t sent = bench.count(chat_message());
  check(sent > 0 || has_failed(bench, command), "it is sent, or reported as failed", "neither");
  // Who repeats a frame repeats its id: for the server that is one message.
  std::set<std::string> ids;
  for (std::size_t i = 0; i < sent; ++i) ids.insert(id_in(bench.expect(chat_message())));
  check(ids.size() <= 1, "it is one message", std::to_string(ids.size()) + " ids");
  if (sent > 0 && !original_id.empty())
    check(*ids.begin() == original_id, "it has the id that it had", *ids.begin());
  // Nothing is stuck.
  bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "next", .message_id = {}});
  bench.expect(chat_message());
}

}  // namespace

CLIENT_CASE(reconnect, new_ephemeral_key, "Each connection begins with an ephemeral key of its own",
            .checks = {Rule::RECONNECT_02}) {
  bench.come_online();
  std::set<Bytes> hellos;
  const auto remember = [&] {
    const ConnectionId connection = bench.current();
    check(bench.script().handshake_frames(connection) > 0, "there is a handshake");
    hellos.insert(bench.script().hello(connection));
  };
  remember();
  for (int i = 0; i < 2; ++i) {
    reconnect(bench);
    remember();
  }
  check(hellos.size() == 3 && !hellos.contains(Bytes{}), "the first frames are all different",
        std::to_string(hellos.size()) + " of 3");
}

CLIENT_CASE(reconnect, answer_to_a_former_query,
            "The answer to a query of a former connection is not taken for one of this connection",
            .checks = {Rule::IQ_02, Rule::STANZA_10}) {
  ClientAndBob talk(bench);
  // Somebody new: there are clients that keep the devices of those whom they know.
  const Contact& carol = bench.contact("carol");
  bench.script().hide(device_query());
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return device_query().matches(received.stanza);
  });
  bench.client().command(client::SendText{.to = carol.user(), .text = "one", .message_id = {}});
  const wire::Node former =
      precondition("the client asks for devices", [&] { return bench.expect(device_query()); });
  reconnect(bench);
  bench.client().command(client::SendText{.to = carol.user(), .text = "two", .message_id = {}});
  const wire::Node present = precondition("the client asks for devices again",
                                          [&] { return bench.expect(device_query()); });
  // Who repeats a query with its id may be answered by it.
  if (id_in(former) == id_in(present)) unsupported("the client repeats its queries as they were");
  // The phone alone; the answer would do to send the message.
  const auto answer = [&](const std::string& id) {
    wire::Node result =
        R"(<iq from=jid:"@s.whatsapp.net" type="result"><usync><result/><list/></usync></iq>)"_node;
    result.set("id", wire::Text(id));
    wire::Node& list = *child_to_change(*child_to_change(result, "usync"), "list");
    for (const wire::Node& user : present.child("usync")->child("list")->children()) {
      wire::Node entry{.tag = "user", .attributes = {}, .content = {}};
      const wire::Jid* named = user.jid("jid");
      if (named == nullptr) continue;
      entry.set("jid", *named);
      entry.content = std::vector<wire::Node>{
          R"(<devices><device-list><device id="0"/></device-list></devices>)"_node};
      const server::Account* account =
          bench.server().state().directory.look_up(std::string(named->user.view()));
      if (account != nullptr) {
        wire::Node lid{.tag = "lid", .attributes = {{"val", account->lid_jid()}}, .content = {}};
        children_to_change(entry).push_back(std::move(lid));
      }
      children_to_change(list).push_back(std::move(entry));
    }
    return result;
  };
  bench.send(answer(id_in(former)));
  bench.barrier();
  let_time_pass(bench, seconds(5), seconds(1));
  bench.expect_none(chat_message());
  // The control: the answer to the right query is taken.
  bench.send(answer(id_in(present)));
  bench.expect(chat_message());
}

CLIENT_CASE(reconnect, ids_of_queries_are_unique, "No two queries of one connection have one id",
            .checks = {Rule::IQ_01}) {
  ClientAndBob talk(bench);
  for (int i = 0; i < 2; ++i) {
    for (int n = 0; n < 5; ++n) talk.to_bob("number " + std::to_string(n));
    reconnect(bench);
  }
  talk.to_bob("the last");
  if (bench.has_clock()) bench.pass(minutes(5));  // with some pings
  std::map<ConnectionId, std::set<std::string>> ids;
  std::size_t queries = 0;
  for (const auto& received : bench.script().received_stanzas()) {
    const auto type = received.stanza.text("type");
    if (received.stanza.tag != "iq" || (type != "get" && type != "set")) continue;
    ++queries;
    const std::string id = id_in(received.stanza);
    check(!id.empty() && ids[received.connection].insert(id).second, "each id is used once", id);
  }
  check(queries >= 10, "there are queries", std::to_string(queries));
}

CLIENT_CASE(reconnect, message_without_ack,
            "A message that was not acknowledged when the connection was lost is sent again with "
            "its id, or reported as failed",
            .checks = {Rule::CONTROL_07}) {
  ClientAndBob talk(bench);
  const client::CommandId command = send_and_get_stuck(talk, talk.bob->user(), chat_message());
  const wire::Node first = bench.expect(chat_message());
  // A client that does not wait for the acknowledgement has sent it, and no more to do.
  const auto& events = bench.client().events();
  bench.driver().run_until([] { return false; }, seconds(1));
  const bool is_done = std::ranges::any_of(events, [&](const client::Event& event) {
    const auto* done = std::get_if<client::CommandDone>(&event);
    return done != nullptr && done->command == command;
  });
  if (is_done) unsupported("the client does not wait for acknowledgements");
  expect_sent_or_failed(talk, command, id_in(first));
}

CLIENT_CASE(reconnect, message_without_devices,
            "A message that waited for the answer to a query for devices when the connection was "
            "lost is sent later, or reported as failed",
            .checks = {Rule::CONTROL_07}) {
  ClientAndBob talk(bench);
  // Somebody new: there are clients that keep the devices of those whom they know.
  const Contact& carol = bench.contact("carol");
  const client::CommandId command = send_and_get_stuck(talk, carol.user(), device_query());
  expect_sent_or_failed(talk, command, {});
}

CLIENT_CASE(reconnect, message_without_keys,
            "A message that waited for the keys of a device when the connection was lost is sent "
            "later, or reported as failed",
            .checks = {Rule::CONTROL_07}) {
  ClientAndBob talk(bench);
  const Contact& carol = bench.contact("carol");
  const client::CommandId command = send_and_get_stuck(talk, carol.user(), key_query());
  expect_sent_or_failed(talk, command, {});
}

CLIENT_CASE(reconnect, upload_of_a_former_connection,
            "An upload of prekeys that was lost with its connection does not keep the next from "
            "being made",
            .checks = {Rule::PREKEY_08, Rule::CONTROL_07}) {
  bench.come_online();
  bench.barrier();
  let_time_pass(bench, seconds(20), seconds(1));
  const wire::Node low =
      R"(<notification from=jid:"@s.whatsapp.net" id="low" type="encrypt" t="1750000000"><count value="1"/></notification>)"_node;
  bench.script().hide(prekey_upload());
  say_that_keys_are_few(bench);
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return prekey_upload().matches(received.stanza);
  });
  precondition("the client uploads", [&] {
    bench.send(low);
    bench.expect(prekey_upload());
  });
  bench.script().behave();
  say_that_keys_are_few(bench);
  reconnect(bench);
  bench.barrier();
  let_time_pass(bench, seconds(20), seconds(1));
  // It may have done so by itself when it came online.
  if (bench.count(prekey_upload()) == 0) {
    wire::Node again = low;
    again.set("id", "low-again");
    bench.send(again);
  }
  bench.expect(prekey_upload());
}

CLIENT_CASE(
    reconnect, preview_of_a_former_connection,
    "Stanzas that were announced on a connection and never came do not hold up the next one",
    .checks = {Rule::LOGIN_06, Rule::STANZA_36}) {
  ClientAndBob talk(bench);
  bench.send(
      R"(<ib from=jid:"@s.whatsapp.net"><offline_preview count="300" message="300" notification="0" receipt="0" appdata="0"/></ib>)"_node);
  bench.barrier();
  reconnect(bench);
  bench.barrier();
  const std::string id = talk.from_bob("are you there");
  talk.expect_read(id);
  talk.to_bob("I am");
}

CLIENT_CASE(reconnect, interrupted_queue,
            "A queue that is cut off and comes again from its start is read to its end",
            .checks = {Rule::SESSION_25, Rule::STANZA_69, Rule::STANZA_81}) {
  ClientAndBob talk(bench);
  bench.disconnect();
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(talk.from_bob("number " + std::to_string(i)));
  // Half of it comes, and none of it is settled as far as the server can see.
  std::size_t came = 0;
  bench.script().hide(stanza("receipt"));
  bench.script().hide(stanza("ack"));
  bench.script().edit([came, &ids](std::vector<wire::Node>& stanzas) mutable {
    std::erase_if(stanzas, [&](const wire::Node& node) {
      return node.tag == "message" && node.has("offline") && ++came > ids.size() / 2;
    });
  });
  const std::size_t before = bench.script().opened();
  bench.client().command(client::Connect{});
  precondition("the first half is read", [&] {
    bench.expect_connections(before + 1);
    for (std::size_t i = 0; i < ids.size() / 2; ++i) talk.expect_read(ids[i]);
  });
  bench.script().behave();
  reconnect(bench);
  for (const std::string& id : ids) {
    const wire::Node answer = bench.expect(about("receipt", id) || about("ack", id));
    check(answer.text("type") != "retry" && !answer.has("error"), "each message is settled",
          wire::print_node(answer));
  }
  for (const std::string& id : ids)
    bench.expect_none(stanza("receipt", {{"id", id}, {"type", "retry"}}));
}

}  // namespace doublecheck::harness
