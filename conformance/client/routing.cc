#include <optional>
#include <string>

#include "harness/suite/case.h"
#include "harness/suite/client_bench.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/intro.h"
#include "spec/wire/node_literal.h"

// Routing information, which a client gets on one connection and shows at the beginning of the
// next.
namespace doublecheck::harness {
namespace {

using namespace wire::literals;

// What the next connection begins with.
std::optional<Bytes> routing_info_shown_next(ClientBench& bench) {
  bench.barrier();
  bench.disconnect();
  const ConnectionId connection = bench.start_connecting();
  bench.driver().run_until([&] { return bench.script().handshake_frames(connection) > 0; },
                           seconds(10));
  if (bench.script().handshake_frames(connection) == 0)
    inconclusive("the client does not begin a handshake on its next connection");
  wire::IntroReader reader;
  Bytes rest;
  const auto intro = reader.feed(bench.script().first_bytes(connection), rest);
  if (!intro || !*intro) inconclusive("the beginning of the connection cannot be read");
  return (*intro)->routing_info;
}

}  // namespace

CLIENT_CASE(transport, routing_info_is_shown_on_the_next_connection,
            "Routing information is the prefix of the client's next connection",
            .checks = {Rule::TRANSPORT_11}) {
  bench.come_online();
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><edge_routing>
                  <routing_info>hex:080d0805</routing_info></edge_routing></ib>)"_node);
  const auto shown = routing_info_shown_next(bench);
  check(shown == Bytes{0x08, 0x0d, 0x08, 0x05}, "the prefix is what the server has sent",
        shown ? to_hex(*shown) : "no prefix");
}

CLIENT_CASE(transport, empty_routing_info_is_ignored,
            "Empty routing information does not replace what came before",
            .checks = {Rule::TRANSPORT_11}) {
  bench.come_online();
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><edge_routing>
                  <routing_info>hex:080d0805</routing_info></edge_routing></ib>)"_node);
  if (routing_info_shown_next(bench) != Bytes{0x08, 0x0d, 0x08, 0x05})
    inconclusive("the client shows no routing information");
  if (!wait_for<client::Opened>(bench.driver(), bench.client(), seconds(60)))
    inconclusive("the client does not come online again");
  bench.send(R"(<ib from=jid:"@s.whatsapp.net"><edge_routing>
                  <routing_info>hex:</routing_info></edge_routing></ib>)"_node);
  const auto shown = routing_info_shown_next(bench);
  check(shown == Bytes{0x08, 0x0d, 0x08, 0x05}, "the prefix is what the server had sent before",
        shown ? to_hex(*shown) : "no prefix");
}

}  // namespace doublecheck::harness
