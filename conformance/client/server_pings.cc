#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_literal.h"

// Pings of the server in the forms in which they come.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

Matcher result_without_id() {
  return {"a result without id", [](const wire::Node& node) {
            return node.tag == "iq" && node.text("type") == "result" &&
                   node.text("id").value_or("").empty();
          }};
}

}  // namespace

CLIENT_CASE(keepalive, server_ping_with_a_child_is_answered,
            "A ping of the server that has a child is answered with a result",
            .checks = {Rule::STANZA_19, Rule::KEEP_04}) {
  bench.come_online();
  bench.barrier();
  bench.send(R"(<iq from=jid:"@s.whatsapp.net" id="sping-2" type="get" xmlns="urn:xmpp:ping">
                  <ping/></iq>)"_node);
  bench.expect(stanza("iq", {{"id", "sping-2"}, {"type", "result"}}), seconds(5));
}

CLIENT_CASE(keepalive, server_ping_without_id_is_answered,
            "A ping of the server that has no id is answered with a result that has none",
            .checks = {Rule::STANZA_19}) {
  bench.come_online();
  bench.barrier();
  bench.expect_none(result_without_id());
  bench.send(R"(<iq from=jid:"@s.whatsapp.net" type="get" xmlns="urn:xmpp:ping"/>)"_node);
  bench.expect(result_without_id(), seconds(5));
}

}  // namespace doublecheck::harness
