#include "conformance/server/steps.h"
#include "harness/suite/case.h"
#include "harness/suite/server_bench.h"
#include "spec/wire/node_literal.h"

// Queries: that each is answered, and how. What the answers say is in prekeys.cc, directory.cc,
// settings.cc and app_state.cc.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Exactly one answer to this query comes, and the connection goes on. Returns it.
wire::Node expect_one_answer(Peer& peer, wire::Node query) {
  const std::string id = peer.new_id();
  query.set("id", wire::Text(id));
  peer.send(query);
  wire::Node answer = peer.expect(answer_to(id));
  peer.barrier();
  peer.expect_none(answer_to(id));
  return answer;
}

void expect_one_result(ServerBench& bench, const wire::Node& query) {
  check_result(expect_one_answer(bench.online_peer("alice"), query));
}

void expect_one_error(ServerBench& bench, const wire::Node& query, std::string_view code,
                      std::string_view text) {
  check_error(expect_one_answer(bench.online_peer("alice"), query), code, text);
}

// What a server says because of a stanza, not on its own account.
Matcher reaction() {
  return {"an answer, an ack or an error", [](const wire::Node& node) {
            const auto type = node.text("type");
            return node.tag == "ack" || node.tag == "stream:error" ||
                   (node.tag == "iq" && (type == "result" || type == "error"));
          }};
}

// A stanza that asks for nothing is neither answered nor the end of the connection.
void expect_absorbed(ServerBench& bench, const wire::Node& stanza) {
  Peer& alice = bench.online_peer("alice");
  alice.send(stanza);
  alice.barrier();
  alice.expect_none(reaction());
}

}  // namespace

// ---- The form of answers

SERVER_CASE(iq, id_is_echoed,
            "An answer has the id of its query, whatever characters it is made of",
            .checks = {Rule::STANZA_08, Rule::STANZA_11}) {
  Peer& alice = bench.online_peer("alice");
  for (const std::string_view id : {"12.34-5", "AbCdEf", "0", "result", "with space", "\xc3\xa9"}) {
    alice.send(ping(id));
    check_result(alice.expect(answer_to(id)));
  }
}

SERVER_CASE(iq, ids_are_case_sensitive, "Two queries whose ids differ in case get an answer each",
            .checks = {Rule::STANZA_08}) {
  Peer& alice = bench.online_peer("alice");
  alice.send(ping("abc"));
  alice.send(ping("ABC"));
  alice.expect(answer_to("ABC"));
  alice.expect(answer_to("abc"));
}

SERVER_CASE(iq, same_id_twice, "A query that comes twice is answered twice",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  alice.send(ping("twice"));
  alice.send(ping("twice"));
  alice.expect(answer_to("twice"));
  alice.expect(answer_to("twice"));
}

SERVER_CASE(iq, answer_comes_from_whom_was_asked, "The from of an answer is the JID that was asked",
            .checks = {Rule::STANZA_12}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Jid groups = wire::Jid::of_server(wire::server_name::kGroup);
  const wire::Node answer =
      alice.ask(element("iq", {{"to", groups}, {"type", "get"}, {"xmlns", "x:unknown"}}));
  check(names(answer, "from", groups), "from is the JID that was asked, encoded as a JID");
}

SERVER_CASE(iq, answer_to_nobody_comes_from_the_server,
            "The answer to a query without to comes from the server", .checks = {Rule::STANZA_12}) {
  Peer& alice = bench.online_peer("alice");
  wire::Node query = ping("nobody");
  query.remove("to");
  alice.send(query);
  check(names(alice.expect(answer_to("nobody")), "from", wire::Jid::of_server()),
        "from is the server JID");
}

SERVER_CASE(iq, own_result_is_not_answered, "A result or an error of a client's is not answered",
            .checks = {Rule::IQ_07}) {
  Peer& alice = bench.online_peer("alice");
  for (const std::string_view type : {"result", "error"}) {
    wire::Node stray = ping("stray");
    stray.set("type", wire::Text(type));
    alice.send(stray);
    alice.barrier();
    alice.expect_none(stanza("iq", {{"id", "stray"}}));
  }
}

SERVER_CASE(iq, query_without_id, "A query without id cannot be answered, and harms nothing",
            .checks = {Rule::IQ_05, Rule::IQ_08}) {
  Peer& alice = bench.online_peer("alice");
  Peer& bob = bench.online_peer("bob");
  wire::Node query = ping("");
  query.remove("id");
  alice.send(query);
  alice.barrier();
  alice.expect_none(Matcher{"an answer without id", [](const wire::Node& node) {
                              return node.tag == "iq" && node.text("id").value_or("").empty();
                            }});
  bob.barrier();
  alice.close();
  alice.log_in();
}

// ---- What is not known

SERVER_CASE(iq, unknown_namespace_get, "A get in an unknown namespace is answered by error 501",
            .checks = {Rule::STANZA_14, Rule::IQ_04}) {
  expect_one_error(bench,
                   R"(<iq to=jid:"@s.whatsapp.net" type="get" xmlns="x:unknown"><x/></iq>)"_node,
                   "501", "feature-not-implemented");
}

SERVER_CASE(iq, unknown_namespace_set, "A set in an unknown namespace is answered by error 501",
            .checks = {Rule::STANZA_14, Rule::IQ_04}) {
  expect_one_error(bench, R"(<iq to=jid:"@s.whatsapp.net" type="set" xmlns="x:unknown"/>)"_node,
                   "501", "feature-not-implemented");
}

SERVER_CASE(iq, unknown_child, "An unknown child in a known namespace is answered by error 501",
            .checks = {Rule::STANZA_14, Rule::IQ_04}) {
  expect_one_error(bench,
                   R"(<iq to=jid:"@s.whatsapp.net" type="get" xmlns="encrypt"><x/></iq>)"_node,
                   "501", "feature-not-implemented");
}

SERVER_CASE(iq, query_without_namespace, "A query without namespace is answered by an error",
            .checks = {Rule::IQ_04, Rule::STANZA_11}) {
  const wire::Node answer = expect_one_answer(bench.online_peer("alice"),
                                              R"(<iq to=jid:"@s.whatsapp.net" type="get"/>)"_node);
  check(answer.text("type") == "error", "the answer is an error");
}

SERVER_CASE(iq, unknown_stanza, "A stanza with an unknown tag is ignored",
            .checks = {Rule::STANZA_129}) {
  expect_absorbed(bench, R"(<something id="x1" to=jid:"@s.whatsapp.net"><new/></something>)"_node);
}

SERVER_CASE(iq, presence_without_attributes, "A presence without attributes is ignored",
            .checks = {Rule::IQ_05}) {
  expect_absorbed(bench, R"(<presence/>)"_node);
}

SERVER_CASE(iq, presence_available, "A presence with a name is taken in silence",
            .checks = {Rule::IQ_05}) {
  expect_absorbed(bench, R"(<presence type="available" name="Alice"/>)"_node);
}

SERVER_CASE(iq, unified_session, "A unified_session is ignored", .checks = {Rule::IQ_05}) {
  expect_absorbed(bench, R"(<ib><unified_session id="1234567"/></ib>)"_node);
}

SERVER_CASE(iq, stray_acks, "Acks of what was never sent are ignored",
            .checks = {Rule::IQ_05, Rule::STANZA_80}) {
  Peer& alice = bench.online_peer("alice");
  for (const std::string_view acked : {"message", "receipt", "notification", "call", "x"}) {
    wire::Node ack = R"(<ack id="never" to=jid:"@s.whatsapp.net"/>)"_node;
    ack.set("class", wire::Text(acked));
    alice.send(ack);
  }
  alice.send(R"(<ack/>)"_node);
  alice.barrier();
  alice.expect_none(reaction());
}

// ---- The queries of a client that starts

SERVER_CASE(iq, passive, "A client may become passive and active again", .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  for (const std::string_view mode : {"passive", "active"}) {
    check_result(expect_one_answer(
        alice,
        element("iq", {{"to", wire::Jid::of_server()}, {"type", "set"}, {"xmlns", "passive"}},
                {element(mode)})));
  }
}

SERVER_CASE(iq, ab_props, "The query for A/B props is answered with props",
            .checks = {Rule::IQ_04}) {
  Peer& alice = bench.online_peer("alice");
  const wire::Node answer = expect_one_answer(
      alice,
      R"(<iq to=jid:"@s.whatsapp.net" type="get" xmlns="abt"><props protocol="1"/></iq>)"_node);
  check_result(answer);
  for (const wire::Node& prop : descend(answer, {"props"}).children()) {
    check(prop.tag == "prop" && prop.text("config_code") && prop.text("config_value"),
          "each prop has a code and a value");
  }
}

SERVER_CASE(iq, clean_dirty_bits, "Marking something as clean is answered",
            .checks = {Rule::IQ_04, Rule::STANZA_37}) {
  expect_one_result(
      bench,
      R"(<iq to=jid:"@s.whatsapp.net" type="set" xmlns="urn:xmpp:whatsapp:dirty"><clean type="account_sync" timestamp="1"/></iq>)"_node);
}

}  // namespace doublecheck::harness
