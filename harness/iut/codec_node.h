#pragma once

#include <cstddef>

#include "spec/base/result.h"
#include "spec/wire/jid.h"
#include "spec/wire/node.h"

// Nodes and JIDs as codec.proto carries them.
namespace doublecheck::codec {
class Jid;
class Node;
}  // namespace doublecheck::codec

namespace doublecheck::harness {

// Levels of a node that is read: what decoders accept is far below, and what holds a node recurses.
inline constexpr std::size_t kMaxCodecNodeDepth = 1'024;

void write_jid(const wire::Jid& jid, codec::Jid& to);
Result<wire::Jid> read_jid(const codec::Jid& from);

void write_node(const wire::Node& node, codec::Node& to);
// Refuses elements that are no tree, and more levels than kMaxCodecNodeDepth.
Result<wire::Node> read_node(const codec::Node& from);

}  // namespace doublecheck::harness
