#include "spec/wire/node.h"

#include <gtest/gtest.h>

#include "spec/wire/node_literal.h"

namespace doublecheck::wire {
namespace {

using namespace literals;

TEST(Node, AttributesStayWhatTheyWere) {
  const Node node =
      R"(<iq id="1" to=jid:"15550001111:2@s.whatsapp.net" from="15550001111@s.whatsapp.net"/>)"_node;
  EXPECT_EQ(node.text("id"), "1");
  EXPECT_EQ(node.text("to"), std::nullopt);
  EXPECT_EQ(node.text("none"), std::nullopt);
  ASSERT_NE(node.jid("to"), nullptr);
  EXPECT_EQ(*node.jid("to"), Jid::of_user("15550001111", 2));
  EXPECT_EQ(node.jid("from"), nullptr);
  EXPECT_EQ(node.jid("none"), nullptr);
  EXPECT_TRUE(node.has("from"));
  EXPECT_FALSE(node.has("fro"));
  EXPECT_EQ(to_string(*node.attribute("to")), "15550001111:2@s.whatsapp.net");
  EXPECT_EQ(to_string(*node.attribute("from")), "15550001111@s.whatsapp.net");
}

TEST(Node, NumbersAreDecimalInTheirShortestForm) {
  Node node = R"(<a j=jid:"1@lid"/>)"_node;
  const std::pair<const char*, std::optional<std::uint64_t>> rows[] = {
      {"0", 0},
      {"1752021890", 1752021890},
      {"18446744073709551615", UINT64_MAX},
      {"18446744073709551616", std::nullopt},
      {"", std::nullopt},
      {"00", std::nullopt},
      {"01", std::nullopt},
      {"-1", std::nullopt},
      {"+1", std::nullopt},
      {" 1", std::nullopt},
      {"1 ", std::nullopt},
      {"1.0", std::nullopt},
      {"0x1", std::nullopt},
  };
  for (const auto& [text, number] : rows) {
    node.set("t", Text(text));
    EXPECT_EQ(node.number("t"), number) << text;
  }
  EXPECT_EQ(node.number("none"), std::nullopt);
  EXPECT_EQ(node.number("j"), std::nullopt);
}

TEST(Node, ChildrenAreFoundByTag) {
  const Node node = R"(<a><b n="1"/><c/><b n="2"/></a>)"_node;
  EXPECT_EQ(node.children().size(), 3U);
  ASSERT_NE(node.child("b"), nullptr);
  EXPECT_EQ(node.child("b")->text("n"), "1");
  EXPECT_EQ(node.child("d"), nullptr);
  for (const Node& childless : {R"(<a/>)"_node, R"(<a></a>)"_node, R"(<a>bytes:"b"</a>)"_node}) {
    EXPECT_TRUE(childless.children().empty());
    EXPECT_EQ(childless.child("b"), nullptr);
  }
}

TEST(Node, ContentAsBytes) {
  EXPECT_EQ(to_text(R"(<a>bytes:"status"</a>)"_node.bytes().value()), "status");
  EXPECT_EQ(to_text(R"(<a>text:"status"</a>)"_node.bytes().value()), "status");
  EXPECT_EQ(R"(<a/>)"_node.bytes(), std::nullopt);
  EXPECT_EQ(R"(<a><b/></a>)"_node.bytes(), std::nullopt);
  EXPECT_EQ(R"(<a>jid:"1@lid"</a>)"_node.bytes(), std::nullopt);
}

TEST(Node, SetReplacesAndRemoveRemoves) {
  Node node = R"(<a x="1" y="2"/>)"_node;
  node.set("x", Jid::of_lid("7"));
  node.set("z", Text("3"));
  EXPECT_EQ(node, R"(<a x=jid:"7@lid" y="2" z="3"/>)"_node);
  EXPECT_EQ(node.attributes.back().name, "z");
  node.remove("y");
  node.remove("none");
  EXPECT_EQ(node, R"(<a x=jid:"7@lid" z="3"/>)"_node);
}

TEST(Node, TheOrderOfAttributesMeansNothing) {
  EXPECT_EQ(R"(<a x="1" y="2" z="3"/>)"_node, R"(<a z="3" x="1" y="2"/>)"_node);
  EXPECT_NE(R"(<a x="1" y="2"/>)"_node, R"(<a x="2" y="1"/>)"_node);
  EXPECT_NE(R"(<a x="1" y="2"/>)"_node, R"(<a x="1"/>)"_node);
  EXPECT_NE(R"(<a x="1" y="2"/>)"_node, R"(<a x="1" z="2"/>)"_node);
}

TEST(Node, DiffersByKindOfValueAndContent) {
  EXPECT_NE(R"(<a x="1@lid"/>)"_node, R"(<a x=jid:"1@lid"/>)"_node);
  EXPECT_NE(R"(<a/>)"_node, R"(<b/>)"_node);
  EXPECT_NE(R"(<a/>)"_node, R"(<a></a>)"_node);
  EXPECT_NE(R"(<a>bytes:"1"</a>)"_node, R"(<a>text:"1"</a>)"_node);
  EXPECT_NE(R"(<a><b/><c/></a>)"_node, R"(<a><c/><b/></a>)"_node);
  EXPECT_EQ(R"(<a><b x="1" y="2"/></a>)"_node, R"(<a><b y="2" x="1"/></a>)"_node);
}

TEST(Node, ACopyStandsAlone) {
  Node copy;
  {
    const std::string source = "a text that does not fit in place";
    const Node borrowed{
        .tag = Text::borrow(source), .attributes = {}, .content = Blob::borrow(as_bytes(source))};
    copy = borrowed;
  }
  EXPECT_EQ(copy.tag, "a text that does not fit in place");
  EXPECT_EQ(to_text(copy.bytes().value()), "a text that does not fit in place");
}

}  // namespace
}  // namespace doublecheck::wire
