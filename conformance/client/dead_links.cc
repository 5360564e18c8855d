#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// Connections that are dead at one end only, and clocks that jump: when a client notices, and when
// it must not.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;
using std::chrono::hours;
using std::chrono::minutes;

// A connection on which nothing arrives is given up within this time (KEEP-03).
constexpr minutes kBoundedSilence{4};

Matcher ping() { return stanza("iq", {{"xmlns", "w:p"}, {"type", "get"}}); }

// From now on nothing that either side sends arrives at the other; the connection stays open.
void fall_silent(ClientBench& bench) {
  bench.script().hide(anything());
  bench.script().edit([](std::vector<wire::Node>& stanzas) { stanzas.clear(); });
}

void forget_pings(ClientBench& bench) {
  std::erase_if(bench.script().received_stanzas(), [](const ScriptedServer::Received& received) {
    return ping().matches(received.stanza);
  });
}

// The link is healthy, and the client keeps it.
void keeps_the_link(ClientBench& bench, Duration duration) {
  const ConnectionId connection = bench.current();
  bench.pass(duration);
  check(bench.script().current() == connection, "the connection is still the same");
}

void gives_up_the_link(ClientBench& bench) {
  const ConnectionId connection = bench.current();
  bench.pass(kBoundedSilence);
  const ScriptedServer::End* end = bench.script().end(connection);
  check(end != nullptr && end->by_client, "the client has closed the connection",
        end == nullptr ? "it is still open" : "the server has, when another one was opened");
}

}  // namespace

// ---- Dead links

CLIENT_CASE(keepalive, silent_link_is_given_up,
            "A connection on which nothing arrives any more is closed by the client",
            .checks = {Rule::KEEP_03, Rule::STANZA_22}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  precondition("a healthy link is kept", [&] { keeps_the_link(bench, minutes(10)); });
  fall_silent(bench);
  gives_up_the_link(bench);
}

CLIENT_CASE(keepalive, silent_link_is_replaced,
            "After a connection has gone silent the client makes another and is of use on it",
            .checks = {Rule::KEEP_03, Rule::CONTROL_07}, .needs = {Need::kClock},
            .capabilities = {"reconnects"}) {
  bench.come_online();
  bench.barrier();
  const std::size_t before = bench.script().opened();
  fall_silent(bench);
  gives_up_the_link(bench);
  bench.script().behave();
  bench.expect_connections(before + 1, minutes(6));
  bench.pass(minutes(3));
  bench.send(
      R"(<notification from=jid:"@s.whatsapp.net" id="there" type="zz" t="1750000000"/>)"_node);
  bench.expect(stanza("ack", {{"class", "notification"}, {"id", "there"}}));
}

CLIENT_CASE(keepalive, silent_login_is_given_up,
            "A login that the server never answers is given up", .checks = {Rule::KEEP_03},
            .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  bench.disconnect();
  fall_silent(bench);
  const ConnectionId connection = bench.start_connecting();
  precondition("the client logs in", [&] {
    bench.driver().run_until([&] { return bench.script().login(connection) != nullptr; },
                             seconds(20));
    check(bench.script().login(connection) != nullptr, "it logs in");
  });
  gives_up_the_link(bench);
}

CLIENT_CASE(keepalive, silence_after_success_is_noticed,
            "A server that says success and then nothing is given up",
            .checks = {Rule::KEEP_03, Rule::LOGIN_06}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  bench.disconnect();
  bench.script().hide(anything());
  bench.script().edit([](std::vector<wire::Node>& stanzas) {
    std::erase_if(stanzas, [](const wire::Node& node) { return node.tag != "success"; });
  });
  bench.start_connecting();
  gives_up_the_link(bench);
}

CLIENT_CASE(keepalive, pings_while_a_code_is_shown,
            "A client that shows a code and waits for somebody to scan it pings",
            .checks = {Rule::KEEP_06}, .needs = {Need::kClock}) {
  bench.show_qr();
  bench.pass(seconds(51));
  bench.expect(ping(), seconds(1));
}

CLIENT_CASE(keepalive, intervals_vary, "Pings come at intervals of 10 to 35 s that vary",
            .checks = {Rule::STANZA_22}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  forget_pings(bench);
  bench.pass(minutes(10));
  std::vector<Instant> times;
  for (const auto& received : bench.script().received_stanzas()) {
    if (ping().matches(received.stanza)) times.push_back(received.at.steady);
  }
  check(times.size() >= 10, "there are pings", std::to_string(times.size()));
  Duration shortest = minutes(10);
  Duration longest{0};
  for (std::size_t i = 1; i < times.size(); ++i) {
    shortest = std::min(shortest, times[i] - times[i - 1]);
    longest = std::max(longest, times[i] - times[i - 1]);
  }
  const std::string came =
      std::to_string(shortest.count()) + " to " + std::to_string(longest.count()) + " µs";
  check(shortest >= seconds(10) && longest <= seconds(35), "they are 10 to 35 s apart", came);
  check(longest - shortest > std::chrono::milliseconds(500), "they are not all the same", came);
}

CLIENT_CASE(keepalive, any_stanza_is_a_sign_of_life,
            "A connection on which stanzas arrive is kept although pings stay unanswered for a "
            "minute",
            .checks = {Rule::KEEP_03}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  precondition("a silent link is given up at some time", [&] {
    fall_silent(bench);
    gives_up_the_link(bench);
  });
  bench.script().behave();
  bench.disconnect();
  bench.start_connecting();
  bench.pass(seconds(30));
  precondition("the client is online again", [&] { bench.barrier(); });
  const ConnectionId connection = bench.current();
  bench.script().hide(ping());
  for (int i = 0; i < 12; ++i) {
    bench.pass(seconds(5));
    bench.send(R"(<ib from=jid:"@s.whatsapp.net"><unheard_of/></ib>)"_node);
  }
  check(bench.script().current() == connection, "the connection is still the same");
}

CLIENT_CASE(keepalive, ping_of_a_former_connection_does_no_harm,
            "A ping that was unanswered when its connection ended does not end the next one",
            .checks = {Rule::KEEP_03, Rule::CONTROL_07}, .needs = {Need::kClock}) {
  bench.come_online();
  bench.barrier();
  bench.script().hide(ping());
  forget_pings(bench);
  precondition("there is a ping without an answer", [&] { bench.expect(ping(), seconds(51)); });
  bench.script().behave();
  reconnect(bench);
  keeps_the_link(bench, minutes(10));
  bench.barrier();
}

CLIENT_CASE(keepalive, pending_message_survives_a_dead_link,
            "A message that was under way when the link died is sent later, or reported as failed",
            .checks = {Rule::CONTROL_07}, .needs = {Need::kClock}, .capabilities = {"reconnects"}) {
  ClientAndBob talk(bench);
  fall_silent(bench);
  const client::CommandId command = bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "into the void", .message_id = {}});
  gives_up_the_link(bench);
  bench.script().received_stanzas().clear();
  bench.script().behave();
  bench.pass(minutes(10));
  bool failed = false;
  for (const client::Event& event : bench.client().events()) {
    const auto* failure = std::get_if<client::CommandFailed>(&event);
    failed = failed || (failure != nullptr && failure->command == command);
  }
  const std::size_t sent = bench.count(chat_message());
  check(failed || sent > 0, "it is sent, or reported as failed", "neither");
  std::set<std::string> ids;
  for (std::size_t i = 0; i < sent; ++i) ids.insert(id_in(bench.expect(chat_message())));
  check(ids.size() <= 1, "it is one message", std::to_string(ids.size()) + " ids");
}

// ---- Clocks that jump

namespace {

void pings_go_on_after(ClientBench& bench, Duration jump) {
  bench.come_online();
  bench.barrier();
  precondition("an idle client pings", [&] {
    forget_pings(bench);
    bench.pass(seconds(51));
    bench.expect(ping(), seconds(1));
  });
  const ConnectionId connection = bench.current();
  bench.jump_clock(jump);
  forget_pings(bench);
  bench.pass(seconds(51));
  check(bench.script().current() == connection, "the connection is still the same");
  const std::size_t pings = bench.count(ping());
  check(pings >= 1 && pings <= 6, "there are pings, and no storm of them", std::to_string(pings));
  keeps_the_link(bench, minutes(5));
}

void dead_link_is_noticed_after(ClientBench& bench, Duration jump) {
  bench.come_online();
  bench.barrier();
  precondition("a healthy link is kept", [&] { keeps_the_link(bench, minutes(5)); });
  fall_silent(bench);
  bench.pass(seconds(20));
  bench.jump_clock(jump);
  gives_up_the_link(bench);
}

void messages_go_on_after(ClientBench& bench, Duration jump) {
  ClientAndBob talk(bench);
  const std::string first = id_in(talk.to_bob("before"));
  bench.jump_clock(jump);
  const std::string from_bob = talk.from_bob("what time is it");
  talk.expect_read(from_bob);
  const std::string second = id_in(talk.to_bob("afterwards"));
  const std::string third = id_in(talk.to_bob("and once more"));
  check(first != second && second != third && first != third, "the ids are different",
        first + ", " + second + ", " + third);
  bench.expect_alive();
}

}  // namespace

CLIENT_CASE(keepalive, clock_jumps_forward,
            "A clock that is set forward by a day neither stops the pings nor costs the connection",
            .checks = {Rule::KEEP_01}, .needs = {Need::kClock}) {
  pings_go_on_after(bench, hours(24));
}

CLIENT_CASE(keepalive, clock_jumps_back,
            "A clock that is set back by a day neither stops the pings nor costs the connection",
            .checks = {Rule::KEEP_01}, .needs = {Need::kClock}) {
  pings_go_on_after(bench, -hours(24));
}

CLIENT_CASE(keepalive, clock_jumps_forward_on_a_dead_link,
            "A dead link is noticed in time although the clock is set forward",
            .checks = {Rule::KEEP_03}, .needs = {Need::kClock}) {
  dead_link_is_noticed_after(bench, hours(24));
}

CLIENT_CASE(keepalive, clock_jumps_back_on_a_dead_link,
            "A dead link is noticed in time although the clock is set back",
            .checks = {Rule::KEEP_03}, .needs = {Need::kClock}) {
  dead_link_is_noticed_after(bench, -hours(24));
}

CLIENT_CASE(messages, clock_jumps_back_between_messages,
            "Ids stay unique, and messages are read, when the clock is set back by a year",
            .checks = {Rule::STANZA_60}, .needs = {Need::kClock}) {
  messages_go_on_after(bench, -hours(24 * 365));
}

CLIENT_CASE(messages, clock_jumps_forward_between_messages,
            "Ids stay unique, and messages are read, when the clock is set forward by a year",
            .checks = {Rule::STANZA_60}, .needs = {Need::kClock}) {
  messages_go_on_after(bench, hours(24 * 365));
}

CLIENT_CASE(keepalive, unanswered_query_fails_although_the_clock_jumps_back,
            "A message whose query for devices stays unanswered is reported as failed in time, "
            "although the clock is set back",
            .checks = {Rule::STANZA_17, Rule::STANZA_18}, .needs = {Need::kClock}) {
  ClientAndBob talk(bench);
  bench.script().hide(device_query());
  forget_pings(bench);
  const client::CommandId command = bench.client().command(
      client::SendText{.to = talk.bob->user(), .text = "who is there", .message_id = {}});
  precondition("the client asks for devices", [&] { bench.expect(device_query()); });
  bench.jump_clock(-hours(24));
  bench.pass(seconds(100));
  bool answered = false;
  for (const client::Event& event : bench.client().events())
    answered = answered || is_answer(event, command);
  check(answered, "the command is answered within 100 s", "not at all");
}

}  // namespace doublecheck::harness
