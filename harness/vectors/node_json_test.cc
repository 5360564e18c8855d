#include "harness/vectors/node_json.h"

#include <gtest/gtest.h>

#include "spec/wire/node_text.h"

namespace doublecheck::corpus {
namespace {

TEST(NodeJson, ComesBackAsItWas) {
  const auto node = wire::parse_node(
      R"(<iq id="p1" to=jid:"15550001111:2@lid"><a><b/><c>hex:00ff</c></a><d>text:"x"</d><e></e><f>jid:"@g.us"</f></iq>)");
  ASSERT_TRUE(node);
  EXPECT_TRUE(node_of(to_json(*node)) == *node) << to_json(*node);
}

TEST(NodeJson, OfAStanzaHasJidsWhereThereIsAnAt) {
  const Json stanza = {
      {"tag", "iq"},
      {"attrs", {{"to", "15550001111:2@s.whatsapp.net"}, {"from", "@g.us"}, {"id", "1"}}},
      {"content", {{{"tag", "a"}, {"attrs", Json::object()}, {"content", {{"hex", "00"}}}}}}};
  const auto node = wire::parse_node(
      R"(<iq from=jid:"@g.us" id="1" to=jid:"15550001111:2@s.whatsapp.net"><a>hex:00</a></iq>)");
  ASSERT_TRUE(node);
  EXPECT_TRUE(node_of(node_of_stanza(stanza)) == *node) << node_of_stanza(stanza);
}

}  // namespace
}  // namespace doublecheck::corpus
