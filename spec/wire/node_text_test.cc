#include "spec/wire/node_text.h"

#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::wire {
namespace {

using namespace literals;

Node node(std::string_view tag, std::vector<Attribute> attributes = {}, Content content = {}) {
  return {.tag = tag, .attributes = std::move(attributes), .content = std::move(content)};
}

std::string why_not(std::string_view text) {
  const auto parsed = parse_node(text);
  return parsed ? "read as " + print_node(*parsed) : parsed.error().to_string();
}

TEST(NodeText, EveryFormPrintsAndReadsBack) {
  const std::pair<Node, std::string> rows[] = {
      {node("iq"), R"(<iq/>)"},
      {node("iq", {{"id", Text("p1")}, {"to", Jid::of_server()}}),
       R"(<iq id="p1" to=jid:"@s.whatsapp.net"/>)"},
      {node("list", {}, std::vector<Node>()), R"(<list></list>)"},
      {node("list", {}, std::vector<Node>{node("a"), node("b", {}, Blob())}),
       R"(<list><a/><b>bytes:""</b></list>)"},
      {node("enc", {}, Blob(Bytes{0x0a, 0xff, 0x10})), R"(<enc>hex:0aff10</enc>)"},
      {node("s", {}, Blob(to_bytes("Available"))), R"(<s>bytes:"Available"</s>)"},
      {node("s", {}, Blob(to_bytes("a\nb"))), R"(<s>hex:610a62</s>)"},
      {node("b", {}, Text("available")), R"(<b>text:"available"</b>)"},
      {node("x", {}, Jid::of_user("15550001111", 2)),
       R"(<x>jid:"15550001111:2@s.whatsapp.net"</x>)"},
      {node("0", {{"1.2", Text("")}}), R"(<0 1.2=""/>)"},
      {node("a tag", {{"a name", Text("v")}}, Blob()),
       R"(<"a tag" "a name"="v">bytes:""</"a tag">)"},
      {node("w p"), R"(<"w p"/>)"},
      {node("x", {{"a", Text("\"&<>\n\x7f")}}), R"(<x a="&quot;&amp;&lt;&gt;&#x0a;&#x7f;"/>)"},
      {node("x", {{"a", Text(std::string("a\0b", 3))}}), R"(<x a="a&#x00;b"/>)"},
      {node("x", {{"a", Text("é€😀")}}), R"(<x a="é€😀"/>)"},
      {node("x", {{"a", Jid{"1", "example.org"}}}), R"(<x a=jid:"1@example.org"/>)"},
      {node("x", {{"a", Jid{"a@b:c", "d@e"}}}), R"(<x a=jid:"a&#x40;b&#x3a;c@d&#x40;e"/>)"},
      {node("x", {{"a", Jid{"", "example.org"}}}), R"(<x a=jid:"@example.org"/>)"},
      {node("x", {{"a", Jid{"\"", "lid", 300}}}), R"(<x a=jid:"&quot;:300@lid"/>)"},
      {node("x", {{"a", Jid{"1", "interop", 3, 2}}}), R"(<x a=jid:"2-1:3@interop"/>)"},
      {node("x", {{"a", Jid{"1-2", "interop"}}}), R"(<x a=jid:"0-1-2@interop"/>)"},
      {node("x", {{"a", Jid{"", "interop"}}}), R"(<x a=jid:"@interop"/>)"},
  };
  for (const auto& [value, text] : rows) {
    EXPECT_EQ(print_node(value), text);
    const auto parsed = parse_node(text);
    ASSERT_TRUE(parsed) << text << "\n" << parsed.error().to_string();
    EXPECT_TRUE(*parsed == value) << text << "\n" << print_node(*parsed);
  }
}

TEST(NodeText, IndentsOneElementALine) {
  EXPECT_EQ(print_node(R"(<a><b><c/><d>bytes:"1"</d></b><e></e></a>)"_node, {.indent = 2}),
            "<a>\n"
            "  <b>\n"
            "    <c/>\n"
            "    <d>bytes:\"1\"</d>\n"
            "  </b>\n"
            "  <e></e>\n"
            "</a>");
}

TEST(NodeText, LongBytesAreShortenedOnRequest) {
  const Node at_limit = node("x", {}, Blob(Bytes(64, 0xab)));
  const Node past_it = node("x", {}, Blob(Bytes(65, 0xab)));
  EXPECT_EQ(parse_node(print_node(at_limit)), at_limit);
  const std::string shortened = print_node(past_it);
  EXPECT_TRUE(shortened.ends_with("abab…(65 bytes)</x>")) << shortened;
  EXPECT_FALSE(parse_node(shortened));
  EXPECT_EQ(parse_node(print_node(past_it, {.max_bytes = 0})), past_it);
  EXPECT_EQ(print_node(node("x", {}, Blob(to_bytes("hello"))), {.max_bytes = 2}),
            "<x>hex:6865…(5 bytes)</x>");
}

TEST(NodeText, SpaceBetweenElementsMeansNothing) {
  EXPECT_EQ(R"(
      <a   x="1"
           y="2" >
        <b />  <c> hex:00 </c>
        <d> </d>
      </a>
  )"_node,
            R"(<a x="1" y="2"><b/><c>hex:00</c><d></d></a>)"_node);
}

TEST(NodeText, ReferencesStandForCodePoints) {
  EXPECT_EQ(R"(<x a="&#xe9;&#x20ac;&#x1f600;"/>)"_node.text("a"), "é€😀");
  for (const char* const bad :
       {"&#xd800;", "&#x110000;", "&#x;", "&#x-1;", "&#xg;", "&#10;", "&apos;", "&", "&amp"}) {
    EXPECT_FALSE(parse_node("<x a=\"" + std::string(bad) + "\"/>")) << bad;
  }
}

TEST(NodeText, ErrorsSayWhyAndWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "node text: expected < (at byte 0)"},
      {"iq", "node text: expected < (at byte 0)"},
      {"<", "node text: expected a name (at byte 1)"},
      {"<iq", "node text: expected a space, / or > (at byte 3)"},
      {"<iq>", "node text: expected </ (at byte 4)"},
      {"<iq></id>", "node text: the closing tag differs from the opening one (at byte 8)"},
      {"<iq/><iq/>", "node text: text after the node (at byte 5)"},
      {"<iq id/>", "node text: expected = (at byte 6)"},
      {"<iq id=1/>", "node text: expected quoted text (at byte 7)"},
      {"<iq id=\"1/>", "node text: expected quoted text (at byte 7)"},
      {"<iq a=\"1\"b=\"2\"/>", "node text: expected a space, / or > (at byte 9)"},
      {"<iq a=\"1\" a=\"2\"/>", "node text: repeated attribute name (at byte 15)"},
      {"<\"\"/>", "node text: empty name (at byte 3)"},
      {"<iq>words</iq>", "node text: expected </ (at byte 4)"},
      {"<iq>hex:0</iq>", "node text: not hexadecimal (at byte 8)"},
      {"<iq>hex:zz</iq>", "node text: not hexadecimal (at byte 8)"},
      {"<iq>bytes:\"1\"<a/></iq>", "node text: expected </ (at byte 13)"},
      {"<x a=jid:\"15550001111\"/>", "node text: no server (at byte 22)"},
      {"<x a=jid:\"1:x@lid\"/>",
       "node text: the device is not a number in its shortest form, or too large (at byte 18)"},
      {"<x a=\"\xff\"/>", "node text: not UTF-8"},
  };
  for (const auto& [text, error] : rows) EXPECT_EQ(why_not(text), error) << text;
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t level = 1; level < depth; ++level) text += "<a>";
  text += "<a/>";
  for (std::size_t level = 1; level < depth; ++level) text += "</a>";
  return text;
}

TEST(NodeText, NestingIsLimited) {
  EXPECT_EQ(print_node(parse_node(nested(kMaxNodeDepth)).value()), nested(kMaxNodeDepth));
  EXPECT_TRUE(why_not(nested(kMaxNodeDepth + 1)).starts_with("node text: nodes nested too deeply"));
}

TEST(NodeText, ListsAreLimited) {
  const std::string too_many = "more attributes or children than a list can hold";
  std::string children;
  for (std::size_t i = 0; i < kMaxListSize; ++i) children += "<b/>";
  EXPECT_EQ(parse_node("<a>" + children + "</a>")->children().size(), kMaxListSize);
  EXPECT_EQ(parse_node("<a>" + children + "<b/></a>").error().why, too_many);

  std::string attributes;
  for (std::size_t i = 0; i < (kMaxListSize - 1) / 2; ++i)
    attributes += " k" + std::to_string(i) + "=\"\"";
  EXPECT_TRUE(parse_node("<a" + attributes + "/>"));
  EXPECT_EQ(parse_node("<a" + attributes + "></a>").error().why, too_many);
  EXPECT_EQ(parse_node("<a" + attributes + " k=\"\"/>").error().why, too_many);
}

TEST(NodeText, NodesAndAttributesTogetherAreLimited) {
  static_assert(kMaxNodeElements == 8 * (1 + kMaxListSize));
  std::string nodes = "<a>";
  for (std::size_t i = 0; i < kMaxListSize; ++i) nodes += "<b/>";
  nodes += "</a>";
  std::string lists = "<a>";
  for (int list = 1; list < 8; ++list) lists += nodes;
  // With the node around all lists, what the last list has besides its own node is one less.
  const std::string last = nodes.substr(0, nodes.size() - std::string_view("<b/></a>").size());
  EXPECT_TRUE(parse_node(lists + last + "</a></a>"));

  const std::string too_many = "too many nodes and attributes";
  EXPECT_EQ(parse_node(lists + last + "<b/></a></a>").error().why, too_many);
  const std::string without_one = last.substr(0, last.size() - std::string_view("<b/>").size());
  EXPECT_EQ(parse_node(lists + without_one + "<b k=\"\"/></a></a>").error().why, too_many);
}

TEST(NodeLiteralDeathTest, BadTextEndsTheProgram) {
  EXPECT_DEATH(R"(<iq)"_node, "node text: expected a space");
}

}  // namespace
}  // namespace doublecheck::wire
