#pragma once

#include <utility>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/wire/node.h"

// The binary form of nodes (dictionary version 3), and of the payload of a transport frame, which
// is one flag byte and one node. See nodes in the requirements catalogue: NODE-01 … NODE-72.
namespace doublecheck::wire {

// Reads exactly one node from bytes that hold nothing else; strings and blobs borrow from
// `encoded`, which has to outlive the node. Rejects whatever no conforming encoder writes and is
// not tolerated by name: list as value, reserved tags, duplicate attribute names, invalid UTF-8,
// JIDs inside JIDs, unknown AD_JID domains, trailing bytes, nesting beyond kMaxNodeDepth, more than
// kMaxNodeElements nodes and attributes. Memory is bounded by the size of the input, whatever
// counts it promises (NODE-61).
Result<Node> decode_node(ByteView encoded);

// Writes the canonical form, attributes in the order given; accounts at hosted, msgr and interop
// always with their device. Fails for an empty tag, an empty or repeated attribute name, text that
// is not UTF-8, a JID without a server, a device or integrator that the form of its server cannot
// hold, lists beyond kMaxListSize, nesting beyond kMaxNodeDepth, and more than kMaxNodeElements
// nodes and attributes: what it writes can be read.
Result<Bytes> encode_node(const Node& node);

// A node together with the bytes it borrows from. Movable; copying the root gives a node that
// stands alone.
class Stanza {
 public:
  // The plaintext of one transport frame: flag byte and node, inflated first when flag bit 0x02 is
  // set, to at most kMaxInflatedSize. Other flag bits are ignored (NODE-03). Rejects more than
  // kMaxFramePayload bytes, a zlib stream that is damaged, and bytes after it.
  static Result<Stanza> decode(Bytes plaintext);

  const Node& root() const { return root_; }
  const Node* operator->() const { return &root_; }

 private:
  Stanza(Bytes storage, Node root) : storage_(std::move(storage)), root_(std::move(root)) {}

  Bytes storage_;
  Node root_;
};

// The plaintext of one transport frame for a node: flag 0x00 and the node, or flag 0x02 and the
// node compressed. Fails as encode_node does, and beyond kMaxFramePayload and kMaxInflatedSize.
enum class Compression { kNone, kZlib };
Result<Bytes> encode_payload(const Node& node, Compression compression = Compression::kNone);

}  // namespace doublecheck::wire
