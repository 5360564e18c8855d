#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "conformance/properties/generators.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

// What holds of the codec for all nodes and JIDs, and for all bytes.
namespace doublecheck::wire {
namespace {

using properties::arbitrary_jid;
using properties::arbitrary_jid_with_text;
using properties::arbitrary_node;
using properties::nearly;

Bytes encoded(const Node& node) {
  auto bytes = encode_node(node);
  if (!bytes) RC_FAIL(bytes.error().to_string());
  return *std::move(bytes);
}

Node decoded(const Bytes& bytes) {
  auto node = decode_node(bytes);
  if (!node) RC_FAIL(node.error().to_string());
  return *std::move(node);
}

// Reading these bytes gives an error that lies within them, or a node, which has a canonical form
// that is read and written without change. Whether it is a node.
bool is_node_or_error(const Bytes& bytes) {
  const auto node = decode_node(bytes);
  if (!node) {
    RC_ASSERT(!node.error().why.empty());
    RC_ASSERT(node.error().offset.value_or(0) <= bytes.size());
    return false;
  }
  const Bytes canonical = encoded(*node);
  RC_ASSERT(encoded(decoded(canonical)) == canonical);
  return true;
}

RC_GTEST_PROP(Nodes, SurviveTheWire, ()) {
  const Node node = *arbitrary_node();
  const Bytes bytes = encoded(node);
  RC_ASSERT(decoded(bytes) == node);
}

RC_GTEST_PROP(Nodes, AreWrittenAsTheyWereRead, ()) {
  const Bytes bytes = encoded(*arbitrary_node());
  RC_ASSERT(encoded(decoded(bytes)) == bytes);
}

RC_GTEST_PROP(Nodes, SurviveTheirTextForm, ()) {
  const Node node = *arbitrary_node();
  const int indent = *rc::gen::inRange(-1, 4);
  const auto read = parse_node(print_node(node, {.max_bytes = 0, .indent = indent}));
  if (!read) RC_FAIL(read.error().to_string());
  RC_ASSERT(*read == node);
}

RC_GTEST_PROP(Nodes, SurviveAFrame, ()) {
  const Node node = *arbitrary_node();
  for (const Compression compression : {Compression::kNone, Compression::kZlib}) {
    auto payload = encode_payload(node, compression);
    RC_ASSERT(payload.has_value());
    const auto stanza = Stanza::decode(*std::move(payload));
    RC_ASSERT(stanza.has_value());
    RC_ASSERT(stanza->root() == node);
  }
}

RC_GTEST_PROP(Nodes, EndExactlyWhereTheyEnd, ()) {
  Bytes bytes = encoded(*arbitrary_node());
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!decode_node(ByteView(bytes).first(cut)).has_value());
  bytes.push_back(*rc::gen::arbitrary<std::uint8_t>());
  RC_ASSERT(!decode_node(bytes).has_value());
}

RC_GTEST_PROP(Nodes, MayHaveLongLists, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(250, 260);
  const Node child = {.tag = "item"};
  Node node = {.tag = "list", .content = std::vector<Node>(size, child)};
  for (std::size_t i = 0; i < size / 2; ++i) node.set("a" + std::to_string(i), "x");
  RC_ASSERT(decoded(encoded(node)) == node);
}

RC_GTEST_PROP(Nodes, MayBeDeepWithinTheLimit, ()) {
  const auto depth = *rc::gen::inRange<std::size_t>(kMaxNodeDepth - 4, kMaxNodeDepth + 4);
  Node node = {.tag = "a"};
  for (std::size_t level = 1; level < depth; ++level) {
    std::vector<Node> content;
    content.push_back(std::move(node));
    node = {.tag = "a", .content = std::move(content)};
  }
  const auto bytes = encode_node(node);
  RC_ASSERT(bytes.has_value() == (depth <= kMaxNodeDepth));
  if (bytes) RC_ASSERT(decoded(*bytes) == node);
}

RC_GTEST_PROP(ArbitraryBytes, AreReadOrRefused, (const Bytes& bytes)) { is_node_or_error(bytes); }

RC_GTEST_PROP(ArbitraryBytes, AsAFrameAreReadOrRefused, (Bytes bytes)) {
  const std::size_t size = bytes.size();
  const auto stanza = Stanza::decode(std::move(bytes));
  if (!stanza) RC_ASSERT(stanza.error().offset.value_or(0) <= size);
}

RC_GTEST_PROP(DamagedNodes, AreReadOrRefused, ()) {
  const Bytes valid = encoded(*arbitrary_node());
  bool some_are_nodes = false;
  for (const Bytes& damaged : *rc::gen::container<std::vector<Bytes>>(20, nearly(valid))) {
    some_are_nodes |= is_node_or_error(damaged);
  }
  RC_CLASSIFY(some_are_nodes, "some can be read");
}

RC_GTEST_PROP(DamagedNodes, InACompressedFrameAreReadOrRefused, ()) {
  const auto valid = encode_payload(*arbitrary_node(), Compression::kZlib);
  RC_ASSERT(valid.has_value());
  const auto stanza = Stanza::decode(*nearly(*valid));
  RC_CLASSIFY(stanza.has_value(), "decodable");
}

RC_GTEST_PROP(DamagedText, OfANodeIsReadOrRefused, ()) {
  const std::string valid = print_node(*arbitrary_node(), {.max_bytes = 0});
  const std::string damaged = to_text(*nearly(to_bytes(valid)));
  const auto node = parse_node(damaged);
  if (!node) {
    RC_ASSERT(node.error().offset.value_or(0) <= damaged.size());
    return;
  }
  const auto again = parse_node(print_node(*node, {.max_bytes = 0}));
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *node);
}

RC_GTEST_PROP(Jids, SurviveTheWire, ()) {
  const Jid jid = *arbitrary_jid();
  const Node node = {.tag = "a", .attributes = {{"jid", jid}}, .content = jid};
  const Bytes bytes = encoded(node);
  const Node read = decoded(bytes);
  RC_ASSERT(read.jid("jid") != nullptr);
  RC_ASSERT(*read.jid("jid") == jid);
  RC_ASSERT(std::get<Jid>(read.content) == jid);
  RC_ASSERT(encoded(read) == bytes);
}

RC_GTEST_PROP(Jids, SurviveTheirTextForm, ()) {
  const Jid jid = *arbitrary_jid_with_text();
  const auto read = parse_jid(jid.to_string());
  if (!read) RC_FAIL(read.error().to_string());
  RC_ASSERT(*read == jid);
}

// What can be read is written in its shortest form, which reads as the same.
RC_GTEST_PROP(DamagedText, OfAJidIsReadOrRefused, ()) {
  const std::string valid = (*arbitrary_jid_with_text()).to_string();
  const std::string damaged = to_text(*nearly(to_bytes(valid)));
  const auto jid = parse_jid(damaged);
  RC_CLASSIFY(jid.has_value(), "readable");
  if (!jid) {
    RC_ASSERT(jid.error().offset.value_or(0) <= damaged.size());
    return;
  }
  const auto again = parse_jid(jid->to_string());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *jid);
}

}  // namespace
}  // namespace doublecheck::wire
