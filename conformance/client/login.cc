#include <algorithm>
#include <map>
#include <utility>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
using namespace wire::literals;
namespace {

Matcher request(std::string_view xmlns, std::string_view type) {
  return stanza("iq", {{"xmlns", std::string(xmlns)}, {"type", std::string(type)}});
}

Matcher answer_of_client(std::string_view id) {
  return {"an iq result or error with id " + std::string(id),
          [id = std::string(id)](const wire::Node& node) {
            const auto type = node.text("type");
            return node.tag == "iq" && node.text("id") == id &&
                   (type == "result" || type == "error");
          }};
}

}  // namespace

CLIENT_CASE(pairing, pair_device_is_answered,
            "pair-device is answered with an empty result that has its id",
            .checks = {Rule::PAIR_02}) {
  bench.show_qr();
  const wire::Node answer = bench.expect(stanza("iq", {{"type", "result"}}));
  check(answer.children().empty(), "the answer to pair-device has no children");
  check(answer.text("id").value_or("").starts_with("s."), "the answer to pair-device has its id",
        std::string(answer.text("id").value_or("no id")));
}

CLIENT_CASE(
    pairing, qr_shows_the_keys_of_the_connection,
    "The QR text holds the static key of the handshake and the identity key of the registration",
    .checks = {Rule::PAIR_04, Rule::PAIR_03}) {
  const std::string qr = bench.show_qr();
  const ScriptedServer::Login* login = bench.script().login(bench.current());
  check(login != nullptr && login->payload.is_registration(), "a client without account registers");
  // Scanning compares both keys with those of the connection, and fails when they differ.
  bench.scan(qr);
}

CLIENT_CASE(pairing, wrong_hmac_is_refused, "A pair-success whose HMAC is wrong is not signed",
            .checks = {Rule::PAIR_08}) {
  bench.scan(bench.show_qr(), server::PairFault::kWrongHmac);
  bench.driver().run_until([&] { return !bench.script().current() || bench.client().ended(); },
                           seconds(5));
  bench.expect_none({"pair-device-sign", [](const wire::Node& node) {
                       return node.child("pair-device-sign") != nullptr;
                     }});
  bench.expect_alive();
}

CLIENT_CASE(pairing, wrong_account_signature_is_refused,
            "A pair-success whose account signature is wrong is not signed",
            .checks = {Rule::PAIR_09}) {
  bench.scan(bench.show_qr(), server::PairFault::kWrongSignature);
  bench.driver().run_until([&] { return !bench.script().current() || bench.client().ended(); },
                           seconds(5));
  bench.expect_none({"pair-device-sign", [](const wire::Node& node) {
                       return node.child("pair-device-sign") != nullptr;
                     }});
  bench.expect_alive();
}

CLIENT_CASE(
    pairing, next_connection_logs_in_with_the_same_key,
    "After pairing the client connects again with the same Noise key and logs in as the device it was made",
    .checks = {Rule::PAIR_17, Rule::CONTROL_01}) {
  const std::string qr = bench.show_qr();
  const ScriptedServer::Login* registered = bench.script().login(bench.current());
  if (registered == nullptr) fail_case("the client registers", "the client registers");
  const PublicKey noise_key = registered->static_key;
  const server::PairedDevice device = bench.scan(qr);
  bench.expect_connections(2);
  bench.driver().run_until(
      [&] { return bench.script().current() && bench.script().login(*bench.script().current()); },
      seconds(20));
  const ScriptedServer::Login* login = bench.script().login(bench.current());
  check(login != nullptr && login->payload.is_login(), "the second connection logs in");
  check(login->static_key == noise_key, "the Noise key is the one of the pairing");
  check(std::to_string(login->payload.username.value_or(0)) == device.phone_number,
        "the username is the paired one");
  check(login->payload.device == device.device, "the device is the paired one");
}

CLIENT_CASE(login, login_payload_is_passive,
            "A companion logs in with passive true and no pairing data",
            .checks = {Rule::PAYLOAD_07, Rule::PAYLOAD_02}) {
  bench.come_online();
  const ScriptedServer::Login* login = bench.script().login(bench.current());
  check(login != nullptr && login->payload.is_login(), "a paired client logs in");
  check(login->payload.passive == true, "passive is true");
}

CLIENT_CASE(login, active_is_requested_before_open,
            "The client asks for active before it reports itself connected",
            .checks = {Rule::LOGIN_05}) {
  bench.come_online();
  bench.expect(request("passive", "set"));
}

CLIENT_CASE(login, unknown_ib_child_is_ignored, "An ib with an unknown child changes nothing",
            .checks = {Rule::IB_02}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><unheard_of value="1"/></ib>)"_node);
  bench.barrier();
  check(bench.script().current() == connection, "the connection is still the same");
}

CLIENT_CASE(login, queries_have_ids_of_their_own, "No two queries of a client have one id",
            .checks = {Rule::STANZA_141}) {
  bench.come_online();
  bench.barrier();
  std::map<std::pair<ConnectionId, std::string>, std::size_t> queries;
  for (const ScriptedServer::Received& received : bench.script().received_stanzas()) {
    const wire::Node& query = received.stanza;
    const bool asks = query.text("type") == "get" || query.text("type") == "set";
    if (query.tag != "iq" || !asks) continue;
    const wire::Value* id = query.attribute("id");
    ++queries[{received.connection, id == nullptr ? "" : wire::to_string(*id)}];
  }
  check(queries.size() > 1, "a client asks more than one thing until it is online");
  for (const auto& [query, count] : queries)
    check(count == 1, "each id is used once", query.second);
}

CLIENT_CASE(keepalive, server_ping_is_answered,
            "A ping of the server is answered with a result that has its id",
            .checks = {Rule::KEEP_04}) {
  bench.come_online();
  bench.barrier();
  bench.send(
      R"(<iq from=jid:"@s.whatsapp.net" id="sping-1" type="get" xmlns="urn:xmpp:ping"/>)"_node);
  const wire::Node answer = bench.expect(answer_of_client("sping-1"), seconds(5));
  check(answer.text("type") == "result", "a ping is answered with a result");
}

CLIENT_CASE(keepalive, idle_client_pings, "An idle client sends a ping within 50 s",
            .checks = {Rule::KEEP_01}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  bench.pass(seconds(51));
  bench.expect(request("w:p", "get"), seconds(1));
}

CLIENT_CASE(control, unknown_stanza_is_survived, "A stanza with an unknown tag changes nothing",
            .checks = {Rule::STANZA_116}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  bench.send(R"(<unheard_of id="u-1" from=jid:"@s.whatsapp.net"><child/></unheard_of>)"_node);
  bench.barrier();
  check(bench.script().current() == connection, "the connection is still the same");
}

CLIENT_CASE(control, stream_error_with_a_low_code_is_survived,
            "A stream error whose code is below 400 leaves the client's process running",
            .checks = {Rule::CONTROL_05}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<stream:error code="200"/>)"_node);
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(3));
  bench.expect_alive();
}

CLIENT_CASE(control, stream_error_with_a_word_as_code_is_survived,
            "A stream error whose code is not a number leaves the client's process running",
            .checks = {Rule::CONTROL_05}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<stream:error code="abc"/>)"_node);
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(3));
  bench.expect_alive();
}

CLIENT_CASE(control, client_closes_after_a_stream_error,
            "After a stream error the client closes the connection even if the server does not",
            .checks = {Rule::CONTROL_06}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  bench.send(R"(<stream:error code="503"/>)"_node);
  bench.expect_closed_by_client(connection);
}

CLIENT_CASE(control, removed_device_does_not_come_back,
            "After conflict device_removed the client does not connect again by itself",
            .checks = {Rule::CONTROL_02}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  const std::size_t before = bench.script().opened();
  bench.send(R"(<stream:error code="401"><conflict type="device_removed"/></stream:error>)"_node);
  bench.pass(std::chrono::minutes(30));
  check(bench.script().opened() == before, "no further connection is opened");
}

CLIENT_CASE(control, replaced_client_does_not_come_back,
            "After conflict replaced the client does not connect again by itself",
            .checks = {Rule::CONTROL_03}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  const std::size_t before = bench.script().opened();
  bench.send(R"(<stream:error><conflict type="replaced"/></stream:error>)"_node);
  bench.pass(std::chrono::minutes(30));
  check(bench.script().opened() == before, "no further connection is opened");
}

CLIENT_CASE(login, logout_names_the_own_device,
            "Logging out asks for the removal of the own device", .checks = {Rule::LOGOUT_01},
            .capabilities = {"logout"}) {
  const client::Opened opened = bench.come_online();
  bench.barrier();
  bench.client().command(client::Logout{});
  const wire::Node iq = bench.expect(request("md", "set"));
  const wire::Node* removal = iq.child("remove-companion-device");
  check(removal != nullptr && removal->jid("jid") != nullptr && *removal->jid("jid") == opened.jid,
        "the request names the own device");
  check(removal->text("reason") == "user_initiated", "the reason is user_initiated");
}

}  // namespace doublecheck::harness
