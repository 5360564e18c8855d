#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// What server and client tell each other by ib, beside queries.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher cleaning(std::string_view type) {
  return {"a query that cleans " + std::string(type),
          [type = std::string(type)](const wire::Node& node) {
            const wire::Node* clean = node.child("clean");
            return node.tag == "iq" && node.text("xmlns") == "urn:xmpp:whatsapp:dirty" &&
                   clean != nullptr && clean->text("type") == type;
          }};
}

}  // namespace

CLIENT_CASE(login, dirty_bit_is_cleaned,
            "A dirty bit is cleaned by a query that names its type and its timestamp",
            .checks = {Rule::IB_03}) {
  bench.come_online();
  bench.barrier();
  bench.send(
      R"(<ib from=jid:"@s.whatsapp.net"><dirty type="account_sync" timestamp="1750000123"/></ib>)"_node);
  const wire::Node query = bench.expect(cleaning("account_sync"));
  check(query.text("type") == "set", "it is an iq of type set",
        std::string(query.text("type").value_or("none")));
  const auto timestamp = query.child("clean")->text("timestamp");
  check(timestamp == "1750000123", "it names the timestamp just received",
        std::string(timestamp.value_or("none")));
}

CLIENT_CASE(login, dirty_bit_without_timestamp_is_cleaned,
            "A dirty bit without a timestamp is cleaned by a query that has none",
            .checks = {Rule::IB_03}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><dirty type="groups"/></ib>)"_node);
  const wire::Node query = bench.expect(cleaning("groups"));
  const auto timestamp = query.child("clean")->text("timestamp");
  check(!timestamp, "it names no timestamp", std::string(timestamp.value_or("")));
}

CLIENT_CASE(login, every_child_of_an_ib_counts,
            "A dirty bit is cleaned also when it is the second child of an ib",
            .checks = {Rule::STANZA_07}) {
  bench.come_online();
  bench.barrier();
  bench.send(
      R"(<ib from=jid:"@s.whatsapp.net"><dirty type="groups" timestamp="1750000123"/></ib>)"_node);
  bench.driver().run_until([&] { return bench.count(cleaning("groups")) > 0; }, seconds(5));
  if (bench.count(cleaning("groups")) == 0) unsupported("the client cleans no dirty bits");
  bench.expect(cleaning("groups"));
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><unheard_of/>
                  <dirty type="groups" timestamp="1750000124"/><offline count="0"/></ib>)"_node);
  bench.expect(cleaning("groups"));
}

CLIENT_CASE(login, unified_session_by_the_clock_of_the_server,
            "The id of unified_session is made of the server's time, an hour ahead of the client's",
            .checks = {Rule::IB_06}) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  constexpr std::int64_t kWeek = milliseconds(days(7)).count();
  constexpr std::int64_t kAhead = milliseconds(std::chrono::hours(1)).count();
  const auto now = [&bench] { return bench.driver().now().wall.milliseconds(); };
  bench.script().edit([now](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "success")
        stanza.set("t", wire::Text(std::to_string((now() + kAhead) / 1000)));
    }
  });
  bench.come_online();
  const Matcher session = {"ib with unified_session", [](const wire::Node& node) {
                             return node.tag == "ib" && node.child("unified_session") != nullptr;
                           }};
  bench.driver().run_until([&] { return bench.count(session) > 0; }, seconds(5));
  if (bench.count(session) == 0) unsupported("the client sends no unified_session");
  const wire::Node info = bench.expect(session);
  const auto id = info.child("unified_session")->number("id");
  check(id && *id < static_cast<std::uint64_t>(kWeek), "the id is milliseconds of a week",
        std::string(info.child("unified_session")->text("id").value_or("none")));
  const std::int64_t due = (now() + kAhead + milliseconds(days(3)).count()) % kWeek;
  const std::int64_t off = std::abs(static_cast<std::int64_t>(*id) - due);
  // The seconds of t are whole, and the stanza has been on its way.
  check(std::min(off, kWeek - off) <= milliseconds(seconds(30)).count(),
        "the id is the server's time plus three days, within a week",
        std::to_string(*id) + " instead of about " + std::to_string(due));
}

}  // namespace doublecheck::harness
