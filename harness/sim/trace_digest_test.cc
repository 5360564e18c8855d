#include "harness/sim/trace_digest.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace doublecheck::harness::sim {
namespace {

std::string digest_of(const std::vector<trace::Record>& records) {
  TraceDigest digest;
  for (const trace::Record& record : records) digest.add(record);
  return digest.to_string();
}

TEST(TraceDigest, is_the_same_for_the_same_trace) {
  const trace::Record record{
      .at = {}, .endpoint = "a", .event = trace::Wire{trace::Direction::kSent, {1, 2}}};
  EXPECT_EQ(digest_of({record, record}), digest_of({record, record}));
  EXPECT_EQ(digest_of({}).size(), 16U);
}

TEST(TraceDigest, is_another_for_every_difference) {
  const trace::ApplicationMessage message{"a", "b", "1", "text"};
  const Now later{.steady = {Duration(1)}, .wall = {}};
  const Now other_wall{.steady = {}, .wall = UnixTime::from_seconds(1)};
  const std::vector<std::vector<trace::Record>> traces{
      {},
      {{.at = {}, .endpoint = "a", .event = trace::Opened{"ws"}}},
      {{.at = later, .endpoint = "a", .event = trace::Opened{"ws"}}},
      {{.at = other_wall, .endpoint = "a", .event = trace::Opened{"ws"}}},
      {{.at = {}, .endpoint = "b", .event = trace::Opened{"ws"}}},
      {{.at = {}, .endpoint = "a", .connection = 1, .event = trace::Opened{"ws"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Opened{"tcp"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Identified{"ws"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Closed{false, "x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Closed{true, "x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Wire{trace::Direction::kSent, {1}}}},
      {{.at = {}, .endpoint = "a", .event = trace::Wire{trace::Direction::kReceived, {1}}}},
      {{.at = {}, .endpoint = "a", .event = trace::StanzaFrame{trace::Direction::kSent, {1}}}},
      {{.at = {}, .endpoint = "a", .event = trace::HandshakeFrame{trace::Direction::kSent, {1}}}},
      {{.at = {}, .endpoint = "a", .event = trace::GuardDecision{Rule{}, true}}},
      {{.at = {}, .endpoint = "a", .event = trace::GuardDecision{Rule{}, false}}},
      {{.at = {}, .endpoint = "a", .event = trace::Intervention{"x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Remarked{"x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Joined{"x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Submitted{message}}},
      {{.at = {}, .endpoint = "a", .event = trace::Submitted{{"a", "b", "1", "other"}}}},
      {{.at = {}, .endpoint = "a", .event = trace::Submitted{{"a", "b", "2", "text"}}}},
      {{.at = {}, .endpoint = "a", .event = trace::Submitted{{"a", "b1", "", "text"}}}},
      {{.at = {}, .endpoint = "a", .event = trace::Accepted{message}}},
      {{.at = {}, .endpoint = "a", .event = trace::Delivered{message}}},
      {{.at = {}, .endpoint = "a", .event = trace::Confirmed{message}}},
      {{.at = {}, .endpoint = "a", .event = trace::Refused{message, "x"}}},
      {{.at = {}, .endpoint = "a", .event = trace::Refused{message, "y"}}},
  };
  std::set<std::string> digests;
  for (const auto& trace : traces) digests.insert(digest_of(trace));
  EXPECT_EQ(digests.size(), traces.size());
}

}  // namespace
}  // namespace doublecheck::harness::sim
