#include "reference/server/node_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference/server/json_fields.h"
#include "spec/wire/limits.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::server {
namespace {

using ::testing::HasSubstr;

Result<wire::Node> read(std::string_view text) { return node_from_json(parse_json(text).value()); }

TEST(NodeJsonTest, KeepsEveryTypeOfValue) {
  const auto node = read(R"({"tag": "message",
                             "attrs": {"id": "A1", "from": {"jid": "15550001111:2@s.whatsapp.net"}},
                             "content": [{"tag": "text", "content": "plain"},
                                         {"tag": "blob", "content": {"bytes": "AP8="}},
                                         {"tag": "user", "content": {"jid": "s.whatsapp.net"}},
                                         {"tag": "none", "content": null},
                                         {"tag": "left-out"},
                                         {"tag": "empty", "content": []}]})");
  ASSERT_TRUE(node) << node.error().to_string();
  EXPECT_EQ(node->text("id"), "A1");
  ASSERT_NE(node->jid("from"), nullptr);
  EXPECT_EQ(*node->jid("from"), wire::Jid::of_user("15550001111", 2));
  ASSERT_EQ(node->children().size(), 6U);
  EXPECT_EQ(node->child("text")->content, wire::Content(wire::Text("plain")));
  EXPECT_EQ(node->child("blob")->content, wire::Content(wire::Blob(Bytes{0x00, 0xff})));
  EXPECT_EQ(node->child("user")->content, wire::Content(wire::Jid::of_server()));
  EXPECT_EQ(node->child("none")->content, wire::Content());
  EXPECT_EQ(node->child("left-out")->content, wire::Content());
  EXPECT_EQ(node->child("empty")->content, wire::Content(std::vector<wire::Node>()));
}

TEST(NodeJsonTest, IsWrittenAsItIsRead) {
  constexpr std::string_view kText =
      R"({"tag":"iq","attrs":{"z":"1","a":{"jid":"123@lid"}},"content":)"
      R"([{"tag":"x","attrs":{},"content":{"bytes":"AQI="}},{"tag":"y","attrs":{},"content":null},)"
      R"({"tag":"v","attrs":{},"content":"t"},{"tag":"w","attrs":{},"content":{"jid":"g.us"}}]})";
  const auto node = read(kText);
  ASSERT_TRUE(node) << node.error().to_string();
  EXPECT_EQ(node_to_json(*node).dump(), kText);
}

TEST(NodeJsonTest, TheDeepestStanzaThereIsCanBeWritten) {
  wire::Node node{.tag = "leaf"};
  for (std::size_t depth = 1; depth < wire::kMaxNodeDepth; ++depth) {
    std::vector<wire::Node> children;
    children.push_back(std::move(node));
    node = {.tag = "x", .attributes = {}, .content = std::move(children)};
  }
  ASSERT_TRUE(wire::encode_node(node));
  EXPECT_THAT(node_to_json(node).dump(), HasSubstr(R"("tag":"leaf")"));
}

TEST(NodeJsonTest, AnythingElseIsRefusedWithTheReason) {
  const auto why = [](std::string_view text) {
    const auto node = read(text);
    return node ? "accepted" : node.error().to_string();
  };
  EXPECT_THAT(why("[]"), HasSubstr("object"));
  EXPECT_THAT(why("{}"), HasSubstr("\"tag\" is missing"));
  EXPECT_THAT(why(R"({"tag":1})"), HasSubstr("\"tag\" must be text"));
  EXPECT_THAT(why(R"({"tag":"a","atts":{}})"), HasSubstr("\"atts\""));
  EXPECT_THAT(why(R"({"tag":"a","attrs":[]})"), HasSubstr("\"attrs\" must be an object"));
  EXPECT_THAT(why(R"({"tag":"a","attrs":{"x":1}})"), HasSubstr("attribute"));
  EXPECT_THAT(why(R"({"tag":"a","attrs":{"x":{"jid":"nobody@nowhere.example"}}})"),
              HasSubstr("JID"));
  EXPECT_THAT(why(R"({"tag":"a","attrs":{"x":{"bytes":""}}})"), HasSubstr("\"jid\" is missing"));
  EXPECT_THAT(why(R"({"tag":"a","content":1})"), HasSubstr("content"));
  EXPECT_THAT(why(R"({"tag":"a","content":{"bytes":"?"}})"), HasSubstr("base64"));
  EXPECT_THAT(why(R"({"tag":"a","content":{"bytes":"","jid":"g.us"}})"), HasSubstr("\"jid\""));
  EXPECT_THAT(why(R"({"tag":"a","content":[1]})"), HasSubstr("object"));
  EXPECT_NE(why(R"({"tag":""})"), "accepted") << "cannot be encoded";
  EXPECT_NE(why(R"({"tag":"a","attrs":{"":"x"}})"), "accepted") << "cannot be encoded";
}

}  // namespace
}  // namespace doublecheck::server
