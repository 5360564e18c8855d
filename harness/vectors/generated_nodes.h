#pragma once

#include "harness/vectors/generator.h"
#include "spec/wire/node.h"

// Nodes drawn at random, of the kinds that real stanzas are made of.
namespace doublecheck::corpus {

// A text with a token, one that can be packed, or another; never empty, never with an @ in it,
// since libraries without typed JIDs would take that for one.
std::string draw_text(Generator& generator);

wire::Jid draw_jid(Generator& generator);

// At most so many levels. Content that is a text has a token or is packed, because any other comes
// back as bytes.
wire::Node draw_node(Generator& generator, std::size_t levels);

}  // namespace doublecheck::corpus
