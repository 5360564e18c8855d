#include <chrono>
#include <string>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// Last words of the server, and what a client makes of them: whether it comes back by itself, after
// how long, and as whom. The server closes the connection after each of them, as it does in life,
// for there are clients that wait for it.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;
using std::chrono::minutes;

// A client that is online, and comes back by itself when its connection is lost.
void come_online_to_stay(ClientBench& bench) {
  bench.come_online();
  bench.barrier();
  precondition("the client comes back by itself after the loss of its connection", [&] {
    const std::size_t before = bench.script().opened();
    cut(bench);
    bench.expect_connections(before + 1, minutes(6));
  });
  const auto opened = wait_for<client::Opened>(bench.driver(), bench.client(), seconds(60));
  if (!opened) inconclusive("the client does not come online again");
  bench.barrier();
}

// The client hears this, has a moment to close the connection, and then the server does.
void hear_last_words(ClientBench& bench, const wire::Node& error) {
  const ConnectionId connection = bench.current();
  bench.send(error);
  bench.driver().run_until([&] { return bench.script().current() != connection; }, seconds(2));
  if (bench.script().current() == connection) cut(bench);
}

void stays_away_after(ClientBench& bench, const wire::Node& error) {
  come_online_to_stay(bench);
  const std::size_t before = bench.script().opened();
  hear_last_words(bench, error);
  let_time_pass(bench, minutes(30), seconds(15));
  check(bench.script().opened() == before, "no further connection is opened",
        std::to_string(bench.script().opened() - before) + " more");
  bench.expect_alive();
}

// It is the same device afterwards.
void expect_login_as(ClientBench& bench, const DeviceNames& device) {
  bench.driver().run_until(
      [&] {
        return bench.client().ended() ||
               (bench.script().current() && bench.script().login(*bench.script().current()));
      },
      minutes(2));
  const ScriptedServer::Login* login =
      bench.script().current() ? bench.script().login(*bench.script().current()) : nullptr;
  check(login != nullptr && login->payload.is_login(), "the client logs in again",
        login == nullptr ? "no login" : "a registration");
  check(login->payload.device == device.jid.device &&
            std::to_string(login->payload.username.value_or(0)) == device.jid.user.view(),
        "as the device that it was");
}

void comes_back_after(ClientBench& bench, const wire::Node& error) {
  come_online_to_stay(bench);
  const DeviceNames device = bench.own_device();
  const std::size_t before = bench.script().opened();
  hear_last_words(bench, error);
  bench.expect_connections(before + 1, minutes(6));
  expect_login_as(bench, device);
}

// The client connects once more, by itself or when it is told to, and gets through the handshake.
void goes_on(ClientBench& bench, std::size_t connections_before) {
  if (bench.script().opened() == connections_before) bench.start_connecting();
  const auto is_through = [&] {
    const auto current = bench.script().current();
    return current && bench.script().login(*current) != nullptr;
  };
  bench.driver().run_until([&] { return is_through() || bench.client().ended(); }, minutes(2));
  check(is_through(), "it can connect again");
}

void survives(ClientBench& bench, const wire::Node& error) {
  bench.come_online();
  bench.barrier();
  const std::size_t before = bench.script().opened();
  hear_last_words(bench, error);
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(3));
  bench.expect_alive();
  goes_on(bench, before);
}

// ---- Failures of a login

wire::Node failure(const std::string& reason) {
  wire::Node node = R"(<failure location="doublecheck"/>)"_node;
  node.set("reason", wire::Text(reason));
  return node;
}

// From now on a login fails like this.
void fail_logins(ClientBench& bench, const wire::Node& with) {
  bench.script().edit([with](std::vector<wire::Node>& stanzas) {
    for (wire::Node& node : stanzas) {
      if (node.tag == "success") node = with;
    }
  });
}

// The client loses its connection, and its next login fails.
void fail_next_login(ClientBench& bench, const wire::Node& with) {
  const std::size_t before = bench.script().opened();
  fail_logins(bench, with);
  cut(bench);
  precondition("the client tries to log in again", [&] {
    bench.expect_connections(before + 1, minutes(6));
    const ConnectionId connection = bench.current();
    bench.driver().run_until(
        [&] {
          return bench.script().login(connection) != nullptr || bench.client().ended() ||
                 bench.script().current() != connection;
        },
        seconds(20));
    check(bench.script().login(connection) != nullptr, "it logs in");
  });
  const auto connection = bench.script().current();
  bench.driver().run_until([&] { return bench.script().current() != connection; }, seconds(2));
  if (connection && bench.script().current() == connection) cut(bench);
}

void stays_away_after_failure(ClientBench& bench, const wire::Node& with) {
  come_online_to_stay(bench);
  fail_next_login(bench, with);
  const std::size_t before = bench.script().opened();
  let_time_pass(bench, minutes(30), seconds(15));
  check(bench.script().opened() == before, "no further connection is opened",
        std::to_string(bench.script().opened() - before) + " more");
  bench.expect_alive();
}

void comes_back_after_failure(ClientBench& bench, const wire::Node& with) {
  come_online_to_stay(bench);
  const DeviceNames device = bench.own_device();
  fail_next_login(bench, with);
  bench.script().behave();
  const std::size_t before = bench.script().opened();
  const Instant failed_at = bench.driver().now().steady;
  bench.expect_connections(before + 1, minutes(10));
  const Duration waited = bench.script().opened_at().back().steady - failed_at;
  check(waited >= std::chrono::milliseconds(200), "it waits before it comes back",
        std::to_string(waited.count()) + " µs");
  expect_login_as(bench, device);
}

void survives_failure(ClientBench& bench, const wire::Node& with) {
  bench.come_online();
  bench.barrier();
  bench.disconnect();
  fail_logins(bench, with);
  const ConnectionId connection = bench.start_connecting();
  const std::size_t before = bench.script().opened();
  precondition("the client tries to log in", [&] {
    bench.driver().run_until(
        [&] { return bench.script().login(connection) != nullptr || bench.client().ended(); },
        seconds(20));
    check(bench.script().login(connection) != nullptr, "it logs in");
  });
  bench.driver().run_until(
      [&] { return bench.script().current() != connection || bench.client().ended(); }, seconds(2));
  if (bench.script().current() == connection) cut(bench);
  bench.script().behave();
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(2));
  bench.expect_alive();
  goes_on(bench, before);
}

// How long the client waits before each of its next connections, which all end with this.
std::vector<Duration> delays_between(ClientBench& bench, const wire::Node& error, int count) {
  std::vector<Duration> delays;
  for (int i = 0; i < count; ++i) {
    bench.driver().run_until(
        [&] {
          return bench.script().current() &&
                 bench.script().login(*bench.script().current()) != nullptr;
        },
        minutes(30));
    // Long enough for the login, and too short for the connection to count as a stable one.
    bench.driver().run_until([] { return false; }, seconds(3));
    hear_last_words(bench, error);
    const std::size_t before = bench.script().opened();
    const Instant ended_at = bench.driver().now().steady;
    precondition("the client comes back",
                 [&] { bench.expect_connections(before + 1, minutes(30)); });
    delays.push_back(bench.script().opened_at().back().steady - ended_at);
  }
  return delays;
}

std::string in_words(const std::vector<Duration>& delays) {
  std::string text;
  for (const Duration delay : delays) {
    text += (text.empty() ? "" : ", ") +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()) +
            " ms";
  }
  return text;
}

}  // namespace

// ---- Stream errors after which a client stays away

CLIENT_CASE(control, replaced_with_a_code, "A conflict of type replaced counts with code 409, too",
            .checks = {Rule::STANZA_120, Rule::CONTROL_03, Rule::STANZA_117},
            .capabilities = {"reconnects"}) {
  stays_away_after(bench,
                   R"(<stream:error code="409"><conflict type="replaced"/></stream:error>)"_node);
}

CLIENT_CASE(control, replaced_with_an_unknown_code,
            "A conflict of type replaced counts with a code that nobody knows, too",
            .checks = {Rule::STANZA_120, Rule::CONTROL_03}, .capabilities = {"reconnects"}) {
  stays_away_after(bench,
                   R"(<stream:error code="440"><conflict type="replaced"/></stream:error>)"_node);
}

CLIENT_CASE(control, replaced_behind_another_child,
            "A conflict of type replaced counts also as the second child",
            .checks = {Rule::STANZA_120, Rule::CONTROL_03}, .capabilities = {"reconnects"}) {
  stays_away_after(bench,
                   R"(<stream:error><unheard_of/><conflict type="replaced"/></stream:error>)"_node);
}

CLIENT_CASE(control, device_removed_without_a_code,
            "A conflict of type device_removed counts without a code, too",
            .checks = {Rule::STANZA_120, Rule::CONTROL_02, Rule::STANZA_117},
            .capabilities = {"reconnects"}) {
  stays_away_after(bench, R"(<stream:error><conflict type="device_removed"/></stream:error>)"_node);
}

CLIENT_CASE(control, device_removed_with_516,
            "A conflict of type device_removed counts with code 516, too",
            .checks = {Rule::STANZA_120, Rule::CONTROL_02}, .capabilities = {"reconnects"}) {
  stays_away_after(
      bench, R"(<stream:error code="516"><conflict type="device_removed"/></stream:error>)"_node);
}

CLIENT_CASE(control, replaced_client_keeps_its_account,
            "A client that was replaced logs in as the same device when it is told to connect",
            .checks = {Rule::STANZA_127}) {
  bench.come_online();
  bench.barrier();
  const DeviceNames device = bench.own_device();
  hear_last_words(bench, R"(<stream:error><conflict type="replaced"/></stream:error>)"_node);
  bench.driver().run_until([&] { return bench.client().ended().has_value(); }, seconds(2));
  bench.start_connecting();
  expect_login_as(bench, device);
}

// ---- Stream errors after which it comes back

CLIENT_CASE(control, comes_back_after_515, "After stream error 515 the client logs in again",
            .checks = {Rule::CONTROL_01, Rule::STANZA_117, Rule::STANZA_127},
            .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<stream:error code="515"/>)"_node);
}

CLIENT_CASE(control, comes_back_after_503, "After stream error 503 the client logs in again",
            .checks = {Rule::STANZA_117, Rule::STANZA_127}, .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<stream:error code="503"/>)"_node);
}

CLIENT_CASE(control, comes_back_after_429, "After stream error 429 the client logs in again",
            .checks = {Rule::STANZA_127, Rule::STANZA_118}, .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<stream:error code="429"/>)"_node);
}

CLIENT_CASE(control, comes_back_after_an_unknown_code,
            "After a stream error of an unknown code the client logs in again",
            .checks = {Rule::CONTROL_04}, .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<stream:error code="599"/>)"_node);
}

CLIENT_CASE(control, comes_back_after_an_unknown_conflict,
            "A conflict of another type than replaced and device_removed is no reason to stay away",
            .checks = {Rule::CONTROL_04}, .capabilities = {"reconnects"}) {
  comes_back_after(bench,
                   R"(<stream:error code="599"><conflict type="unheard_of"/></stream:error>)"_node);
}

CLIENT_CASE(control, comes_back_after_an_empty_error,
            "After a stream error without code and child the client logs in again",
            .checks = {Rule::CONTROL_04}, .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<stream:error/>)"_node);
}

CLIENT_CASE(control, comes_back_after_the_end_of_the_stream,
            "After xmlstreamend the client logs in again", .checks = {Rule::CONTROL_06},
            .capabilities = {"reconnects"}) {
  comes_back_after(bench, R"(<xmlstreamend/>)"_node);
}

CLIENT_CASE(control, closes_at_the_end_of_the_stream,
            "After xmlstreamend the client closes the connection even if the server does not",
            .checks = {Rule::CONTROL_06}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  bench.send(R"(<xmlstreamend/>)"_node);
  bench.expect_closed_by_client(connection);
}

// ---- How long it waits

CLIENT_CASE(control, waits_longer_after_each_unknown_error,
            "After one unknown stream error upon another the client waits longer each time",
            .checks = {Rule::CONTROL_04, Rule::STANZA_118}, .needs = {Need::kClock},
            .capabilities = {"reconnects"}) {
  come_online_to_stay(bench);
  bench.pass(minutes(10));
  const auto delays = delays_between(bench, R"(<stream:error code="599"/>)"_node, 5);
  check(delays[2] > delays[0] && delays[4] > delays[2], "the delays grow", in_words(delays));
}

CLIENT_CASE(control, waits_longer_after_a_rate_limit,
            "After stream error 429 the client waits longer than after 503",
            .checks = {Rule::STANZA_118}, .needs = {Need::kClock}, .capabilities = {"reconnects"}) {
  come_online_to_stay(bench);
  bench.pass(minutes(10));
  const auto after_503 = delays_between(bench, R"(<stream:error code="503"/>)"_node, 1);
  bench.pass(minutes(10));
  const auto after_429 = delays_between(bench, R"(<stream:error code="429"/>)"_node, 1);
  check(after_429[0] > after_503[0] * 2, "the delay is longer",
        in_words(after_503) + " and " + in_words(after_429));
}

CLIENT_CASE(control, waits_between_failing_connections,
            "While logins fail with 503 the client waits longer each time, and is fast again after "
            "a success",
            .checks = {Rule::RECONNECT_01, Rule::LOGIN_10}, .needs = {Need::kClock},
            .capabilities = {"reconnects"}) {
  come_online_to_stay(bench);
  bench.pass(minutes(10));
  fail_logins(bench, failure("503"));
  cut(bench);
  bench.pass(minutes(60));
  const std::vector<Now>& opened = bench.script().opened_at();
  const std::size_t count = opened.size();
  check(count >= 8, "there are several attempts", std::to_string(count));
  const auto gap = [&](std::size_t last) { return opened[last].steady - opened[last - 1].steady; };
  check(gap(count - 1) > gap(5) && gap(count - 1) >= seconds(30), "the gaps grow",
        in_words({gap(4), gap(5), gap(count - 2), gap(count - 1)}));
  bench.script().behave();
  bench.pass(minutes(10));
  precondition("the client is online again", [&] { bench.barrier(); });
  const std::size_t before = bench.script().opened();
  cut(bench);
  bench.expect_connections(before + 1, seconds(20));
}

// ---- Any code, any child

CLIENT_CASE(control, survives_a_huge_code, "The client survives a code of twenty digits",
            .checks = {Rule::CONTROL_05, Rule::STANZA_116}) {
  survives(bench, R"(<stream:error code="99999999999999999999"/>)"_node);
}

CLIENT_CASE(control, survives_a_negative_code, "The client survives a negative code",
            .checks = {Rule::CONTROL_05}) {
  survives(bench, R"(<stream:error code="-1"/>)"_node);
}

CLIENT_CASE(control, survives_code_516, "The client survives code 516 alone",
            .checks = {Rule::CONTROL_05}) {
  survives(bench, R"(<stream:error code="516"/>)"_node);
}

CLIENT_CASE(control, survives_an_unknown_child,
            "The client survives children that it does not know",
            .checks = {Rule::CONTROL_05, Rule::STANZA_116}) {
  survives(bench,
           R"(<stream:error code="503"><bad-mac/><xml-not-well-formed/></stream:error>)"_node);
}

CLIENT_CASE(control, survives_a_jid_as_code, "The client survives a code that travels as a JID",
            .checks = {Rule::CONTROL_05}) {
  survives(bench, R"(<stream:error code=jid:"15550001112@s.whatsapp.net"/>)"_node);
}

// ---- Failures after which a client stays away

CLIENT_CASE(login, stays_away_after_401, "After failure 401 the client does not connect by itself",
            .checks = {Rule::LOGIN_08, Rule::STANZA_117}, .capabilities = {"reconnects"}) {
  stays_away_after_failure(bench, failure("401"));
}

CLIENT_CASE(login, stays_away_after_403, "After failure 403 the client does not connect by itself",
            .checks = {Rule::LOGIN_08, Rule::STANZA_117}, .capabilities = {"reconnects"}) {
  stays_away_after_failure(bench, failure("403"));
}

CLIENT_CASE(login, stays_away_after_406, "After failure 406 the client does not connect by itself",
            .checks = {Rule::LOGIN_08, Rule::STANZA_117}, .capabilities = {"reconnects"}) {
  stays_away_after_failure(bench, failure("406"));
}

CLIENT_CASE(login, stays_away_after_402, "After failure 402 the client does not connect by itself",
            .checks = {Rule::LOGIN_09}, .capabilities = {"reconnects"}) {
  wire::Node ban = failure("402");
  ban.set("code", "101");
  ban.set("expire", "3600");
  stays_away_after_failure(bench, ban);
}

CLIENT_CASE(login, stays_away_after_405, "After failure 405 the client does not connect by itself",
            .checks = {Rule::LOGIN_09, Rule::STANZA_117}, .capabilities = {"reconnects"}) {
  stays_away_after_failure(bench, failure("405"));
}

// ---- Failures after which it comes back

CLIENT_CASE(login, comes_back_after_500, "After failure 500 the client logs in again, later",
            .checks = {Rule::LOGIN_10}, .capabilities = {"reconnects"}) {
  comes_back_after_failure(bench, failure("500"));
}

CLIENT_CASE(login, comes_back_after_503, "After failure 503 the client logs in again, later",
            .checks = {Rule::LOGIN_10}, .capabilities = {"reconnects"}) {
  comes_back_after_failure(bench, failure("503"));
}

// ---- Any reason

CLIENT_CASE(login, survives_failure_without_reason, "The client survives a failure without reason",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, R"(<failure/>)"_node);
}

CLIENT_CASE(login, survives_failure_0, "The client survives a failure of reason 0",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("0"));
}

CLIENT_CASE(login, survives_failure_200, "The client survives a failure of reason 200",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("200"));
}

CLIENT_CASE(login, survives_failure_in_words,
            "The client survives a failure whose reason is a word", .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("abc"));
}

CLIENT_CASE(login, survives_a_huge_failure, "The client survives a reason of twenty digits",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("99999999999999999999"));
}

CLIENT_CASE(login, survives_failure_400, "The client survives a failure of reason 400",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("400"));
}

CLIENT_CASE(login, survives_failure_409, "The client survives a failure of reason 409",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("409"));
}

CLIENT_CASE(login, survives_failure_413, "The client survives a failure of reason 413",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("413"));
}

CLIENT_CASE(login, survives_failure_414, "The client survives a failure of reason 414",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("414"));
}

CLIENT_CASE(login, survives_failure_415, "The client survives a failure of reason 415",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("415"));
}

CLIENT_CASE(login, survives_failure_418, "The client survives a failure of reason 418",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("418"));
}

CLIENT_CASE(login, survives_failure_501, "The client survives a failure of reason 501",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("501"));
}

CLIENT_CASE(login, survives_an_unknown_failure, "The client survives a reason that nobody knows",
            .checks = {Rule::LOGIN_11}) {
  survives_failure(bench, failure("599"));
}

}  // namespace doublecheck::harness
