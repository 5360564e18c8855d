#pragma once

#include <span>

#include "fuzz/support/input.h"
#include "spec/wire/node.h"

// Stanzas made of what handlers look for. Random bytes that decode are rarely a query that anybody
// answers; a node from here has known tags, names and values, put together as the input says.
namespace doublecheck::fuzz {

// What values can refer to in the world of the run.
struct Vocabulary {
  std::span<const wire::Jid> jids;
  std::span<const wire::Node> received;  // their ids are what acks and receipts settle
};

// A node with at most a few attributes, children and levels.
wire::Node make_node(Input& input, const Vocabulary& vocabulary);

}  // namespace doublecheck::fuzz
