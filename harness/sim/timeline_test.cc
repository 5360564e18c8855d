#include "harness/sim/timeline.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spec/wire/node_codec.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness::sim {
namespace {

std::vector<std::string> lines_of(trace::Event event, trace::ConnectionId connection = 0) {
  std::vector<std::string> lines;
  Timeline timeline([&](const std::string& line) { lines.push_back(line); });
  const Now now{.steady = {std::chrono::milliseconds(1500)}, .wall = {}};
  timeline.record(
      {.at = now, .endpoint = "bob.1", .connection = connection, .event = std::move(event)});
  return lines;
}

TEST(Timeline, says_when_where_and_what) {
  EXPECT_EQ(lines_of(trace::Delivered{{"alice", "bob", "alice.1-3", "text"}}),
            std::vector<std::string>{
                "    1.500000  bob.1          * is told alice.1-3 from alice to bob"});
}

TEST(Timeline, shows_stanzas_and_no_bytes) {
  const Bytes plaintext =
      wire::encode_payload(wire::parse_node(R"(<ping id="1"/>)").value()).value();
  const auto lines = lines_of(trace::StanzaFrame{trace::Direction::kSent, plaintext}, 4);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines.front().find("bob.1 #4 "), std::string::npos);
  EXPECT_NE(lines.front().find(R"(sends <ping id="1"/>)"), std::string::npos);
  EXPECT_TRUE(lines_of(trace::Wire{trace::Direction::kSent, plaintext}).empty());
}

TEST(Timeline, survives_what_is_no_stanza) {
  const auto lines = lines_of(trace::StanzaFrame{trace::Direction::kReceived, {0, 1}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines.front().find("undecodable"), std::string::npos);
}

TEST(Timeline, shortens_what_is_long) {
  const auto lines = lines_of(trace::Remarked{std::string(10'000, 'x')});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_LT(lines.front().size(), 600U);
  EXPECT_NE(lines.front().find("10000 characters"), std::string::npos);
}

}  // namespace
}  // namespace doublecheck::harness::sim
