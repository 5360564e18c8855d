#pragma once

#include <cstddef>

// Every limit of the wire layer, in one place. Each is tested at the limit and one past it.
namespace doublecheck::wire {

// The largest payload that the 3-byte length of a frame can express (FRAME-02).
inline constexpr std::size_t kMaxFramePayload = 0xffffff;

// Routing information in front of the intro header has a 3-byte length as well (TRANSPORT-09). Real
// ones are tens of bytes: a reader of intros can be given a lower limit.
inline constexpr std::size_t kMaxRoutingInfo = 0xffffff;

// What one compressed frame may inflate to (NODE-07).
inline constexpr std::size_t kMaxInflatedSize = std::size_t{16} * 1024 * 1024;

// Levels of nested nodes: 1 for a node without children (NODE-59, NODE-60).
inline constexpr std::size_t kMaxNodeDepth = 512;

// Nodes and attributes of one stanza together, at every level (NODE-84). In memory each is tens of
// times larger than the two or three bytes that it takes at least, and a few kilobytes can inflate
// to millions of them. The largest stanza known stays below half of it: the answer to a query for
// 10,000 users, with four devices each.
inline constexpr std::size_t kMaxNodeElements = std::size_t{1} << 19;

// Characters that an encoder packs two to a byte; a decoder must read up to 254 (NODE-22, NODE-25).
inline constexpr std::size_t kMaxPackedCharacters = 127;

// A list has a 16-bit size: children of a node, or tag, attributes and content together (NODE-14).
inline constexpr std::size_t kMaxListSize = 0xffff;

}  // namespace doublecheck::wire
