#include "fuzz/support/require.h"
#include "fuzz/support/target.h"
#include "spec/wire/jid.h"
#include "spec/wire/node_codec.h"

// A text that is a JID is printed as text that reads back as the same JID, and so does its binary
// form, which not every JID has: text may name a device at any server (NODE-45 … NODE-49).
//
// Input: the text.

namespace doublecheck::fuzz {
namespace {

void run(ByteView input) {
  const auto jid = wire::parse_jid(as_text(input));
  if (!jid) {
    require(!jid.error().why.empty(), "an error says why");
    return;
  }
  require(!jid->server.empty(), "a JID has a server");
  const std::string text = jid->to_string();
  const auto again = wire::parse_jid(text);
  require(again.has_value() && *again == *jid, "a printed JID reads back", text);
  require(again->to_string() == text, "the text form is a fixed point", text);

  const wire::Node node{.tag = "x", .attributes = {}, .content = *jid};
  const auto encoded = wire::encode_node(node);
  if (!encoded) {
    require(jid->device != 0 || jid->integrator != 0, "an account has a binary form", text);
    return;
  }
  require(wire::decode_node(*encoded) == node, "the binary form reads back", text);
}

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::run({data, size});
  return 0;
}
