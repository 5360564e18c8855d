#include "harness/sim/world.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace doublecheck::harness::sim {
namespace {

constexpr std::uint64_t kSeeds = 30;

std::string failures_of(const Outcome& outcome) {
  std::string all;
  for (const Failure& failure : outcome.failures) all += failure.what + "\n";
  return all;
}

TEST(World, the_reference_pair_keeps_its_promises) {
  FaultCounts fired{};
  std::uint64_t messages = 0;
  std::uint64_t group_messages = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = run_world({.seed = seed});
    EXPECT_TRUE(outcome.failures.empty()) << "seed " << seed << ": " << failures_of(outcome);
    for (std::size_t i = 0; i < kFaultKinds; ++i) fired[i] += outcome.faults[i];
    messages += outcome.messages;
    group_messages += outcome.group_messages;
  }
  EXPECT_GT(messages, kSeeds);
  EXPECT_GT(group_messages, kSeeds);
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    EXPECT_GT(fired[i], 0U) << name(static_cast<Fault>(i)) << " never happened";
}

TEST(World, a_seed_is_one_run) {
  const Outcome first = run_world({.seed = 7});
  const Outcome second = run_world({.seed = 7});
  EXPECT_EQ(first.trace_digest, second.trace_digest);
  EXPECT_EQ(first.events, second.events);
  EXPECT_EQ(first.faults, second.faults);
}

TEST(World, seeds_differ) {
  std::set<std::string> digests;
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    digests.insert(run_world({.seed = seed}).trace_digest);
  EXPECT_EQ(digests.size(), 5U);
}

TEST(World, too_many_events_are_a_failure) {
  const Outcome outcome = run_world({.seed = 1, .max_events = 500});
  EXPECT_EQ(outcome.events, 500U);
  EXPECT_NE(failures_of(outcome).find("more than 500 events"), std::string::npos);
}

}  // namespace
}  // namespace doublecheck::harness::sim
