#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// The server's success: what a client does after it, once, and only if it has an account; and what
// may be wrong with it.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher active_request() {
  return {"a request to be active", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("xmlns") == "passive" &&
                   node.child("active") != nullptr;
          }};
}

wire::Node success_now(ClientBench& bench, std::string_view lid) {
  wire::Node success = {.tag = "success", .attributes = {}, .content = {}};
  success.set("t", wire::Text(std::to_string(bench.driver().now().wall.seconds())));
  success.set("lid", wire::parse_jid(lid).value());
  return success;
}

// The client logs in although something is wrong with success.
void logs_in_with(ClientBench& bench, const std::function<void(wire::Node& success)>& change) {
  precondition("the client logs in with a success as it should be", [&] {
    bench.come_online();
    bench.expect(active_request());
  });
  bench.barrier();
  bench.disconnect();
  bench.script().edit([change](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "success") change(stanza);
    }
  });
  bench.start_connecting();
  bench.expect(active_request());
  bench.barrier();
}

}  // namespace

CLIENT_CASE(login, active_is_requested_once,
            "A client that has just paired logs in, and asks for active exactly once",
            .checks = {Rule::LOGIN_05, Rule::LOGIN_02}) {
  bench.scan(bench.show_qr());
  bench.expect_connections(2);
  bench.expect(active_request());
  bench.barrier();
  bench.expect_none(active_request());
}

CLIENT_CASE(login, second_success_is_ignored,
            "A second success on one connection does not begin the login anew",
            .checks = {Rule::LOGIN_02}) {
  bench.come_online();
  precondition("the client asks for active after the first success",
               [&] { bench.expect(active_request()); });
  bench.barrier();
  bench.send(success_now(bench, "15550009999@lid"));
  // Time for the steps that come before the request.
  bench.driver().run_until([&] { return bench.count(active_request()) > 0; }, seconds(3));
  bench.barrier();
  bench.expect_none(active_request());
}

CLIENT_CASE(login, success_without_account_is_ignored,
            "A client without an account makes nothing of a success, and can be paired afterwards",
            .checks = {Rule::LOGIN_03}) {
  const std::string qr = bench.show_qr();
  const ConnectionId connection = bench.current();
  bench.send(success_now(bench, "15550009999@lid"));
  bench.driver().run_until([&] { return bench.count(active_request()) > 0; }, seconds(3));
  bench.expect_none(active_request());
  check(bench.script().current() == connection, "the connection goes on",
        bench.script().end(connection) != nullptr && bench.script().end(connection)->by_client
            ? "the client has closed it"
            : "it is closed");
  bench.scan(qr);
  bench.expect_connections(2);
  bench.expect(active_request());
}

CLIENT_CASE(login, success_without_time, "A client logs in although success has no t",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) { success.remove("t"); });
}

CLIENT_CASE(login, success_with_a_word_as_time, "A client logs in although t is a word",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) { success.set("t", "yesterday"); });
}

CLIENT_CASE(login, success_with_a_huge_time, "A client logs in although t has twenty digits",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) { success.set("t", "99999999999999999999"); });
}

CLIENT_CASE(login, success_without_lid, "A client logs in although success has no lid",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) { success.remove("lid"); });
}

CLIENT_CASE(login, success_with_a_word_as_lid, "A client logs in although lid is a word",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) { success.set("lid", "nobody"); });
}

CLIENT_CASE(login, success_with_a_group_as_lid, "A client logs in although lid is a group",
            .checks = {Rule::LOGIN_04}) {
  logs_in_with(bench, [](wire::Node& success) {
    success.set("lid", wire::parse_jid("120363000000000001@g.us").value());
  });
}

}  // namespace doublecheck::harness
