#include <optional>
#include <string>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_literal.h"

// Frames by their first byte, and the node that ends a stream.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

void send_compressed(ClientBench& bench, const wire::Node& node) {
  const auto payload = wire::encode_payload(node, wire::Compression::kZlib);
  if (!payload) inconclusive("the stanza cannot be compressed");
  bench.send_plaintext(*payload);
}

}  // namespace

CLIENT_CASE(node, compressed_stanza_is_read, "A compressed ping of the server is answered",
            .checks = {Rule::NODE_02}) {
  bench.come_online();
  bench.barrier();
  const Matcher plain_answer = stanza("iq", {{"id", "sping-1"}, {"type", "result"}});
  bench.send(
      R"(<iq from=jid:"@s.whatsapp.net" id="sping-1" type="get" xmlns="urn:xmpp:ping"/>)"_node);
  bench.driver().run_until([&] { return bench.count(plain_answer) > 0; }, seconds(5));
  if (bench.count(plain_answer) == 0) unsupported("the client answers no pings");
  send_compressed(
      bench,
      R"(<iq from=jid:"@s.whatsapp.net" id="sping-3" type="get" xmlns="urn:xmpp:ping"/>)"_node);
  bench.expect(stanza("iq", {{"id", "sping-3"}, {"type", "result"}}), seconds(5));
}

CLIENT_CASE(node, compressed_notification_is_read,
            "A compressed notification is acknowledged, and so is the one that follows it",
            .checks = {Rule::NODE_02}) {
  bench.come_online();
  bench.barrier();
  send_compressed(bench, R"(<notification from=jid:"@s.whatsapp.net" id="n-compressed"
                              t="1750000000" type="zz"/>)"_node);
  bench.expect(stanza("ack", {{"class", "notification"}, {"id", "n-compressed"}}), seconds(5));
  bench.barrier();
}

CLIENT_CASE(node, nothing_is_sent_compressed, "No frame of a client is compressed",
            .checks = {Rule::NODE_04}) {
  bench.come_online();
  bench.barrier();
  const std::optional<std::string>& compressed = bench.script().compressed_stanza();
  check(!compressed, "no frame has bit 02 in its first byte", compressed.value_or(""));
}

CLIENT_CASE(node, bare_end_of_the_stream, "A client disconnects after 00 F8 01 02",
            .checks = {Rule::NODE_65}) {
  bench.come_online();
  bench.barrier();
  const ConnectionId connection = bench.current();
  bench.send_plaintext(Bytes{0x00, 0xf8, 0x01, 0x02});
  bench.expect_closed_by_client(connection);
  bench.expect_alive();
}

}  // namespace doublecheck::harness
