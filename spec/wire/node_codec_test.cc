#include "spec/wire/node_codec.h"

#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::wire {
namespace {

using namespace literals;

std::string encoded(const Node& node) { return to_hex(encode_node(node).value()); }

std::string why_not(const Node& node) {
  const auto bytes = encode_node(node);
  return bytes ? "encoded as " + to_hex(*bytes) : bytes.error().to_string();
}

std::string why_not(std::string_view hex) {
  const auto node = decode_node(from_hex(hex).value());
  return node ? "decoded as " + print_node(*node) : node.error().to_string();
}

Node with_attribute(std::string_view name, Value value) {
  Node node{.tag = "x"};
  node.attributes.push_back({name, std::move(value)});
  return node;
}

Node with_jid(const Jid& jid) { return with_attribute("a", jid); }

// The bytes of a nest of `depth` nodes <message>.
Bytes nest(std::size_t depth) {
  Bytes bytes;
  for (std::size_t level = 1; level < depth; ++level)
    append(bytes, Bytes{0xf8, 0x02, 0x13, 0xf8, 0x01});
  append(bytes, Bytes{0xf8, 0x01, 0x13});
  return bytes;
}

TEST(NodeCodec, APingIsWhatEveryClientSends) {
  const Node ping =
      R"(<iq id="27.45-1" to=jid:"@s.whatsapp.net" type="get" xmlns="w:p"><ping/></iq>)"_node;
  const std::string bytes = "f80a1908ff8427b45a1f11fa000304291657f801f80156";
  EXPECT_EQ(encoded(ping), bytes);
  EXPECT_EQ(decode_node(from_hex(bytes).value()), ping);
}

TEST(NodeCodec, DecodingBorrowsFromTheInput) {
  const Bytes bytes = encode_node(R"(<x a="a raw value"><y>bytes:"content"</y></x>)"_node).value();
  const auto node = decode_node(bytes).value();
  const auto inside = [&bytes](const void* pointer) {
    return pointer >= &bytes.front() && pointer <= &bytes.back();
  };
  EXPECT_TRUE(inside(node.text("a")->data()));
  EXPECT_TRUE(inside(node.child("y")->bytes()->data()));
}

TEST(NodeCodec, ErrorsSayWhyAndWhere) {
  EXPECT_EQ(why_not("19"), "node: not a node (at byte 1)");
  EXPECT_EQ(why_not("f8"), "node: truncated (at byte 1)");
  EXPECT_EQ(why_not("f80119ff"), "node: bytes after the node (at byte 3)");
  EXPECT_EQ(why_not("f803190800f80119"), "node: bytes after the node (at byte 5)");
  EXPECT_EQ(why_not("f80319080119f4"), "node: bytes after the node (at byte 5)");
  EXPECT_EQ(why_not("f8031908f4"), "node: not a string (at byte 5)");
  EXPECT_EQ(why_not("f803fc0178fc00fc0161"), "node: empty attribute name (at byte 7)");
  EXPECT_EQ(why_not("f805fc01780855fc02696445"), "node: repeated attribute name (at byte 12)");
}

TEST(NodeCodec, ARepeatedNameIsFoundAmongManyAttributes) {
  for (const std::size_t count : {2U, 16U, 17U, 18U, 1000U}) {
    Node node{.tag = "x"};
    for (std::size_t i = 0; i < count; ++i)
      node.attributes.push_back({"k" + std::to_string(i), Text("v")});
    Bytes bytes = encode_node(node).value();
    EXPECT_TRUE(decode_node(bytes)) << count;

    node.attributes.back().name = "k0";
    EXPECT_EQ(why_not(node), "node: repeated attribute name") << count;
    // Names of the same length can be exchanged in the bytes as well.
    const std::string last = "k" + std::to_string(count - 1);
    const std::string other = "k" + std::string(last.size() - 2, '1') + "0";
    const auto position = as_text(bytes).rfind(last);
    ASSERT_NE(position, std::string_view::npos);
    std::ranges::copy(other, bytes.begin() + static_cast<std::ptrdiff_t>(position));
    EXPECT_EQ(decode_node(bytes).error().why, "repeated attribute name") << count;
  }
}

TEST(NodeCodec, TheEncoderRefusesWhatADecoderRefuses) {
  EXPECT_EQ(why_not(Node{}), "node: empty node tag");
  EXPECT_EQ(why_not(with_attribute("", Text("v"))), "node: empty attribute name");
  EXPECT_EQ(why_not(Node{.tag = "\xff"}), "node: text that is not UTF-8");
  EXPECT_EQ(why_not(with_attribute("\xff", Text("v"))), "node: text that is not UTF-8");
  EXPECT_EQ(why_not(with_attribute("a", Text("\xc0\x80"))), "node: text that is not UTF-8");
  EXPECT_EQ(why_not(Node{.tag = "x", .attributes = {}, .content = Text("\xed\xa0\x80")}),
            "node: text that is not UTF-8");
  EXPECT_EQ(why_not(with_jid(Jid{"\xff", "lid"})), "node: text that is not UTF-8");
  EXPECT_EQ(why_not(with_jid(Jid{"1", "\xff"})), "node: text that is not UTF-8");
}

TEST(NodeCodec, JidsAreWrittenInTheFormOfTheirServer) {
  const std::pair<Jid, std::string> rows[] = {
      {Jid::of_server(), "fa0003"},
      {Jid::of_user("15550001111"), "faff8615550001111f03"},
      {Jid::of_user("15550001111", 1), "f70001ff8615550001111f"},
      {Jid::of_user("15550001111", 255), "f700ffff8615550001111f"},
      {Jid::of_lid("1", 0), "fa5576"},
      {Jid::of_lid("1", 33), "f7012155"},
      {Jid{"1", "hosted", 0}, "f7800055"},
      {Jid{"1", "hosted", 99}, "f7806355"},
      {Jid{"1", "hosted.lid", 0}, "f7810055"},
      {Jid{"", "hosted"}, "fa00fc06686f73746564"},
      {Jid{"1", "msgr", 0}, "f6550000cc"},
      {Jid{"1", "msgr", 65535}, "f655ffffcc"},
      {Jid{"", "msgr"}, "fa00cc"},
      {Jid{"1", "interop", 1, 2}, "f55500010002fc07696e7465726f70"},
      {Jid{"1", "interop", 65535, 65535}, "f555fffffffffc07696e7465726f70"},
      {Jid{"status", "broadcast"}, "fa0b0d"},
      {Jid{"1", "example.org"}, "fa55fc0b6578616d706c652e6f7267"},
  };
  for (const auto& [jid, bytes] : rows) {
    SCOPED_TRACE(jid.to_string());
    const std::string node = "f803fc0178fc0161" + bytes;
    EXPECT_EQ(encoded(with_jid(jid)), node);
    EXPECT_EQ(decode_node(from_hex(node).value()), with_jid(jid));
  }
}

TEST(NodeCodec, JidsThatNoFormHoldsAreRefused) {
  EXPECT_EQ(why_not(with_jid(Jid::of_user("1", 256))), "node: a device that does not fit one byte");
  EXPECT_EQ(why_not(with_jid(Jid::of_lid("1", 256))), "node: a device that does not fit one byte");
  EXPECT_EQ(why_not(with_jid(Jid{"1", "hosted", 256})),
            "node: a device that does not fit one byte");
  for (const char* const server :
       {"c.us", "g.us", "broadcast", "newsletter", "bot", "call", "example.org"}) {
    EXPECT_EQ(why_not(with_jid(Jid{"1", server, 1})), "node: a device at a server that has none")
        << server;
  }
  for (const char* const server : {"s.whatsapp.net", "msgr", "interop"}) {
    EXPECT_EQ(why_not(with_jid(Jid{"", server, 1})), "node: a device JID without a user") << server;
  }
  EXPECT_EQ(why_not(with_jid(Jid{"1", "lid", 0, 1})), "node: an integrator outside interop");
  EXPECT_EQ(why_not(with_jid(Jid{"", "interop", 0, 1})), "node: a device JID without a user");
  EXPECT_EQ(why_not(with_jid(Jid{"1", ""})), "node: a JID without a server");
  EXPECT_EQ(why_not(with_jid(Jid{"", ""})), "node: a JID without a server");
}

TEST(NodeCodec, NestingIsLimited) {
  EXPECT_TRUE(decode_node(nest(kMaxNodeDepth)));
  EXPECT_EQ(decode_node(nest(kMaxNodeDepth + 1)).error().why, "nodes nested too deeply");

  Node deepest = decode_node(nest(kMaxNodeDepth)).value();
  EXPECT_EQ(encode_node(deepest), nest(kMaxNodeDepth));
  Node deeper{.tag = "message"};
  deeper.content.emplace<std::vector<Node>>().push_back(std::move(deepest));
  EXPECT_EQ(why_not(deeper), "node: nodes nested too deeply");
}

TEST(NodeCodec, TextIsPackedUpToItsLimit) {
  const std::string most(kMaxPackedCharacters, '7');
  const std::string packed = encoded(with_attribute("a", Text(most)));
  EXPECT_EQ(packed.substr(0, 20), "f803fc0178fc0161ffc0");
  EXPECT_EQ(decode_node(from_hex(packed).value()), with_attribute("a", Text(most)));
  const std::string raw = encoded(with_attribute("a", Text(most + "7")));
  EXPECT_EQ(raw.substr(0, 20), "f803fc0178fc0161fc80");
  EXPECT_EQ(decode_node(from_hex(raw).value()), with_attribute("a", Text(most + "7")));
}

TEST(NodeCodec, ListsAreLimited) {
  Node parent{.tag = "x"};
  parent.content = std::vector<Node>(kMaxListSize, Node{.tag = "item"});
  const Bytes most_children = encode_node(parent).value();
  EXPECT_EQ(to_hex(ByteView(most_children).first(8)), "f802fc0178f9ffff");
  EXPECT_EQ(decode_node(most_children)->children().size(), kMaxListSize);
  std::get<std::vector<Node>>(parent.content).push_back(Node{.tag = "item"});
  EXPECT_EQ(why_not(parent), "node: more attributes or children than a list can hold");

  Node node{.tag = "x"};
  for (std::size_t i = 0; i < (kMaxListSize - 1) / 2; ++i) {
    node.attributes.push_back({"k" + std::to_string(i), Text("v")});
  }
  const Bytes most_attributes = encode_node(node).value();
  EXPECT_EQ(to_hex(ByteView(most_attributes).first(3)), "f9ffff");
  EXPECT_EQ(decode_node(most_attributes), node);
  node.content = Blob();
  EXPECT_EQ(why_not(node), "node: more attributes or children than a list can hold");
  node.attributes.pop_back();
  EXPECT_EQ(decode_node(encode_node(node).value()), node);
}

// The bytes of <message> with eight <message> of children: seven with as many as a list can hold,
// and one with `last` of them, which has an attribute on request.
Bytes eight_lists(std::size_t last, bool attribute = false) {
  Bytes children;
  for (std::size_t child = 0; child < kMaxListSize; ++child) {
    children.insert(children.end(), {0xf8, 0x01, 0x13});
  }
  Bytes bytes{0xf8, 0x02, 0x13, 0xf8, 8};
  for (int list = 1; list < 8; ++list) {
    append(bytes, Bytes{0xf8, 0x02, 0x13, 0xf9, 0xff, 0xff});
    append(bytes, children);
  }
  append(bytes, attribute ? Bytes{0xf8, 0x04, 0x13, 0x08, 0x13} : Bytes{0xf8, 0x02, 0x13});
  append(bytes,
         Bytes{0xf9, static_cast<std::uint8_t>(last >> 8), static_cast<std::uint8_t>(last & 0xff)});
  append(bytes, ByteView(children).first(3 * last));
  return bytes;
}

TEST(NodeCodec, NodesAndAttributesTogetherAreLimited) {
  constexpr std::size_t kLast = kMaxNodeElements - 1 - 8 - 7 * kMaxListSize;
  Node most = decode_node(eight_lists(kLast)).value();
  EXPECT_EQ(encode_node(most), eight_lists(kLast));

  const std::string too_many = "too many nodes and attributes";
  EXPECT_EQ(decode_node(eight_lists(kLast + 1)).error().why, too_many);
  EXPECT_EQ(decode_node(eight_lists(kLast, true)).error().why, too_many);
  std::get<std::vector<Node>>(most.content).back().set("id", "message");
  EXPECT_EQ(why_not(most), "node: " + too_many);
}

TEST(NodeCodec, LengthsTakeTheShortestForm) {
  const std::pair<std::size_t, std::string> rows[] = {
      {0, "fc00"},
      {255, "fcff"},
      {256, "fd000100"},
      {0xfffff, "fd0fffff"},
      {0x100000, "fe00100000"},
  };
  for (const auto& [size, head] : rows) {
    const Node node{.tag = "x", .attributes = {}, .content = Blob(Bytes(size, 0))};
    const Bytes bytes = encode_node(node).value();
    EXPECT_EQ(to_hex(ByteView(bytes).subspan(5, head.size() / 2)), head);
    EXPECT_EQ(bytes.size(), 5 + head.size() / 2 + size);
    EXPECT_EQ(decode_node(bytes), node);
  }
}

}  // namespace
}  // namespace doublecheck::wire
