#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "conformance/client/client_and_bob.h"
#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"
#include "spec/wire/node_text.h"

// Queries that the client waits on, and what is not their answer.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// Before the answer to each query for devices comes this stanza, with the id of the query. The ids
// are noted.
void interpose(ClientBench& bench, const wire::Node& stanza, std::vector<std::string>& ids) {
  bench.script().edit([stanza, &ids](std::vector<wire::Node>& stanzas) {
    for (std::size_t i = 0; i < stanzas.size(); ++i) {
      if (stanzas[i].tag != "iq" || stanzas[i].child("usync") == nullptr) continue;
      const std::string id(stanzas[i].text("id").value_or(""));
      wire::Node before = stanza;
      before.set("id", wire::Text(id));
      stanzas.insert(stanzas.begin() + static_cast<std::ptrdiff_t>(i), std::move(before));
      ids.push_back(id);
      ++i;
    }
  });
}

// The client writes to a user whose devices it has to ask for, and takes the server's answer for
// the answer.
void waits_for_the_answer(ClientBench& bench, const wire::Node& interposed,
                          const std::function<Matcher(const std::string& id)>& reply) {
  ClientAndBob talk(bench);
  Contact& carol = bench.contact("carol");
  precondition("it writes to somebody new", [&] { talk.write(carol.user(), "hello"); });
  Contact& dave = bench.contact("dave");
  std::vector<std::string> ids;
  interpose(bench, interposed, ids);
  bench.client().command(client::SendText{.to = dave.user(), .text = "hello", .message_id = {}});
  bench.driver().run_until([&] { return !ids.empty() || bench.client().ended(); }, seconds(20));
  if (ids.empty()) unsupported("the client does not ask for devices before it writes");
  for (const std::string& id : ids) bench.expect(reply(id));
  bench.expect(Matcher{"a message for " + dave.jid.to_string(), [&](const wire::Node& node) {
                         return chat_message().matches(node) &&
                                ciphertext_for(node, dave) != nullptr;
                       }});
}

}  // namespace

CLIENT_CASE(iq, query_with_the_id_of_a_query,
            "A query of the server's is not the answer to the client's query of the same id",
            .checks = {Rule::IQ_02}) {
  waits_for_the_answer(
      bench, R"(<iq from=jid:"@s.whatsapp.net" type="get" xmlns="urn:xmpp:ping"/>)"_node,
      [](const std::string& id) { return stanza("iq", {{"type", "result"}, {"id", id}}); });
}

CLIENT_CASE(iq, notification_with_the_id_of_a_query,
            "A notification is not the answer to the client's query of the same id",
            .checks = {Rule::IQ_02}) {
  waits_for_the_answer(
      bench, R"(<notification from=jid:"@s.whatsapp.net" type="zz" t="1750000000"/>)"_node,
      [](const std::string& id) { return stanza("ack", {{"class", "notification"}, {"id", id}}); });
}

}  // namespace doublecheck::harness
