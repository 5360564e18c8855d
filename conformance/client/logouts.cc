#include <optional>
#include <string>
#include <string_view>

#include "conformance/client/client_and_bob.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// What a client makes of the answer to a query: it waits for it, and an error is not a result.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher own_removal() {
  return {"a request to remove the own device",
          [](const wire::Node& node) { return node.child("remove-companion-device") != nullptr; }};
}

wire::Node answer_with(const wire::Node& query, std::string_view type,
                       std::optional<wire::Node> error = {}) {
  wire::Node answer = R"(<iq from=jid:"@s.whatsapp.net"/>)"_node;
  answer.set("type", wire::Text(type));
  if (const wire::Value* id = query.attribute("id")) answer.set("id", *id);
  if (error) answer.content = std::vector<wire::Node>{*std::move(error)};
  return answer;
}

// The client logs out, and gets no answer but the ones of the case.
wire::Node begin_logout(ClientBench& bench) {
  bench.script().hide(own_removal());
  forget_ends(bench);
  bench.client().command(client::Logout{});
  return precondition("the client asks for the removal of its device",
                      [&] { return bench.expect(own_removal()); });
}

// How the client introduces itself on its next connection.
const noise::ClientPayload& next_introduction(ClientBench& bench) {
  const std::size_t before = bench.script().opened();
  if (bench.script().current()) {
    bench.disconnect();
  } else {
    wait_for_end(bench);
  }
  if (bench.script().opened() == before) bench.start_connecting();
  const auto login = [&] {
    return bench.script().current() ? bench.script().login(*bench.script().current()) : nullptr;
  };
  bench.driver().run_until([&] { return login() != nullptr || bench.client().ended(); },
                           seconds(20));
  if (login() == nullptr) inconclusive("the client does not introduce itself again");
  return login()->payload;
}

// The removal of the own device is refused: the account has it still.
void stays_after_refusal(ClientBench& bench, std::optional<wire::Node> error) {
  bench.come_online();
  bench.barrier();
  bench.send(answer_with(begin_logout(bench), "error", std::move(error)));
  bench.driver().run_until([&] { return !bench.script().current(); }, seconds(2));
  const bool is_still_itself = next_introduction(bench).is_login();
  check(is_still_itself, "a device whose removal was refused logs in again",
        "it registers as a new one");
  // A client that never gives up its account says nothing by keeping it.
  bench.barrier();
  bench.send(answer_with(begin_logout(bench), "result"));
  bench.driver().run_until([&] { return !bench.script().current(); }, seconds(20));
  if (!next_introduction(bench).is_registration())
    unsupported("the client keeps its account when it has logged out");
}

}  // namespace

CLIENT_CASE(login, logout_waits_for_the_result,
            "A client that logs out waits for the result, and then closes the connection",
            .checks = {Rule::LOGOUT_02}, .capabilities = {"logout"}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  const wire::Node removal = begin_logout(bench);
  bench.driver().run_until([&] { return bench.script().end(connection) != nullptr; }, seconds(3));
  check(bench.script().end(connection) == nullptr, "the connection is open until the result comes",
        "it was closed before");
  bench.send(answer_with(removal, "result"));
  bench.expect_closed_by_client(connection);
}

CLIENT_CASE(iq, logout_that_was_refused,
            "A client whose removal the server refuses stays the device that it was",
            .checks = {Rule::IQ_03}, .capabilities = {"logout"}) {
  stays_after_refusal(bench, R"(<error code="500" text="internal-server-error"/>)"_node);
}

CLIENT_CASE(iq, logout_that_was_refused_without_a_word,
            "So does one that is answered with an error without an error child",
            .checks = {Rule::IQ_03}, .capabilities = {"logout"}) {
  stays_after_refusal(bench, {});
}

CLIENT_CASE(iq, logout_that_was_refused_with_an_unknown_child,
            "So does one that is answered with an error whose child nobody knows",
            .checks = {Rule::STANZA_15, Rule::IQ_03}, .capabilities = {"logout"}) {
  stays_after_refusal(bench, R"(<unheard_of/>)"_node);
}

CLIENT_CASE(iq, logout_that_was_refused_with_an_unknown_code,
            "So does one that is answered with error 599, which asks for patience",
            .checks = {Rule::STANZA_16}, .capabilities = {"logout"}) {
  stays_after_refusal(bench, R"(<error backoff="3600" code="599" text="unheard-of"/>)"_node);
}

CLIENT_CASE(iq, devices_that_were_refused_without_a_word,
            "Nothing is sent to a user whose devices the server does not tell",
            .checks = {Rule::IQ_03}, .capabilities = {"send_text"}) {
  bench.come_online();
  bench.barrier();
  Contact& carol = bench.contact("carol");
  bench.script().hide(device_query());
  bench.client().command(client::SendText{.to = carol.user(), .text = "secret"});
  const wire::Node query =
      precondition("the client asks for devices", [&] { return bench.expect(device_query()); });
  bench.send(answer_with(query, "error"));
  bench.driver().run_until([&] { return bench.count(chat_message()) > 0; }, seconds(3));
  bench.barrier();
  bench.expect_none(chat_message());
  bench.expect_alive();
  bench.script().behave();
  precondition("the client writes to a user whose devices it is told", [&] {
    bench.run(bench.client(), client::SendText{.to = carol.user(), .text = "hello"});
    bench.expect(chat_message());
  });
}

}  // namespace doublecheck::harness
