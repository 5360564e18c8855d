#include "harness/sim/seed_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace doublecheck::harness::sim {
namespace {

std::map<std::uint64_t, Outcome> outcomes(const SeedPoolOptions& options, const SeedRunner& run) {
  std::map<std::uint64_t, Outcome> all;
  run_seeds(options, run, [&](std::uint64_t seed, const Outcome& outcome) {
    EXPECT_TRUE(all.emplace(seed, outcome).second) << "seed " << seed << " a second time";
  });
  return all;
}

Outcome outcome_of(std::uint64_t seed) {
  Outcome outcome;
  outcome.messages = 10 * seed;
  return outcome;
}

TEST(SeedPool, runs_every_seed_once) {
  const auto all = outcomes({.first_seed = 5, .seeds = 10, .jobs = 3}, outcome_of);
  ASSERT_EQ(all.size(), 10U);
  EXPECT_EQ(all.begin()->first, 5U);
  for (const auto& [seed, outcome] : all) {
    EXPECT_EQ(outcome.messages, 10 * seed);
    EXPECT_TRUE(outcome.failures.empty());
  }
}

TEST(SeedPool, a_crash_is_a_failure_of_its_seed_alone) {
  const auto all = outcomes({.first_seed = 1, .seeds = 6, .jobs = 2}, [](std::uint64_t seed) {
    if (seed == 3) ::_exit(9);
    return outcome_of(seed);
  });
  ASSERT_EQ(all.size(), 6U);
  for (const auto& [seed, outcome] : all) EXPECT_EQ(outcome.failures.empty(), seed != 3);
  EXPECT_NE(all.at(3).failures.front().what.find("exited with code 9"), std::string::npos);
}

TEST(SeedPool, an_outcome_is_one_line_and_comes_back) {
  Outcome outcome;
  outcome.failures = {{FailureKind::kSafety, "a \"quoted\"\nline"}, {FailureKind::kLiveness, "b"}};
  outcome.faults[3] = 4;
  outcome.events = 5;
  outcome.messages = 6;
  outcome.virtual_time = Duration(8);
  outcome.trace_digest = "0123456789abcdef";
  const std::string line = write_outcome(outcome);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = read_outcome(line);
  ASSERT_TRUE(read);
  EXPECT_EQ(write_outcome(*read), line);
  EXPECT_EQ(read->failures.front().what, outcome.failures.front().what);
  EXPECT_EQ(read->faults, outcome.faults);
  EXPECT_FALSE(read_outcome("{}"));
  EXPECT_FALSE(read_outcome("not JSON"));
}

}  // namespace
}  // namespace doublecheck::harness::sim
