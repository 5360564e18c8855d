#include "fuzz/support/require.h"
#include "fuzz/support/target.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

// A node in text form is printed as text that reads back as an equal node, on one line and on many,
// and the printed form is a fixed point.
//
// Input: the text.

namespace doublecheck::fuzz {
namespace {

constexpr wire::PrintOptions kExact = {.max_bytes = 0, .indent = -1};
constexpr wire::PrintOptions kIndented = {.max_bytes = 0, .indent = 2};

void run(ByteView input) {
  const auto node = wire::parse_node(as_text(input));
  if (!node) {
    require(!node.error().why.empty(), "an error says why");
    return;
  }
  const std::string text = wire::print_node(*node, kExact);
  const auto again = wire::parse_node(text);
  require(again.has_value(), "printed text can be read", text);
  require(*again == *node, "a printed node reads back", text);
  require(wire::print_node(*again, kExact) == text, "the printed form is a fixed point", text);
  const auto indented = wire::parse_node(wire::print_node(*node, kIndented));
  require(indented.has_value() && *indented == *node, "lines and indents carry nothing", text);
  // Most nodes that text can spell have a binary form; those that do not are refused by name.
  const auto encoded = wire::encode_node(*node);
  require(encoded.has_value() || !encoded.error().why.empty(), "an error says why");
}

}  // namespace
}  // namespace doublecheck::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  doublecheck::fuzz::run({data, size});
  return 0;
}
