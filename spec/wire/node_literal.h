#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "spec/wire/node_text.h"

namespace doublecheck::wire::literals {

// A node from its text, for tests and conformance cases only: R"(<iq id="1"><ping/></iq>)"_node.
// Bad text is a mistake in the program and ends it.
inline Node operator""_node(const char* text, std::size_t size) {
  auto node = parse_node({text, size});
  if (!node) {
    std::fprintf(stderr, "%s in the literal\n%s\n", node.error().to_string().c_str(), text);
    std::abort();
  }
  return *std::move(node);
}

}  // namespace doublecheck::wire::literals
