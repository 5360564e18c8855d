#include "harness/driver/fork_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

namespace doublecheck::harness {
namespace {

std::map<std::uint64_t, Result<std::string>> results(const ForkPoolOptions& options,
                                                     const ForkedJob& run) {
  std::map<std::uint64_t, Result<std::string>> all;
  run_forked(options, run, [&](std::uint64_t number, const Result<std::string>& result) {
    EXPECT_TRUE(all.emplace(number, result).second) << number << " a second time";
  });
  return all;
}

TEST(ForkPool, RunsEveryJobOnce) {
  const auto all = results({.first = 5, .count = 10, .jobs = 3},
                           [](std::uint64_t number) { return std::to_string(10 * number); });
  ASSERT_EQ(all.size(), 10U);
  for (std::uint64_t number = 5; number < 15; ++number)
    EXPECT_EQ(all.at(number), std::to_string(10 * number));
}

TEST(ForkPool, AnEmptyResultIsOne) {
  const auto all = results({.first = 0, .count = 1}, [](std::uint64_t) { return std::string(); });
  EXPECT_EQ(all.at(0), "");
}

TEST(ForkPool, SaysHowAProcessEndedAndGoesOn) {
  const auto all = results({.count = 6, .jobs = 2}, [](std::uint64_t number) {
    if (number == 2) ::_exit(9);
    return std::string("done");
  });
  ASSERT_EQ(all.size(), 6U);
  for (const auto& [number, result] : all) EXPECT_EQ(result.has_value(), number != 2) << number;
  EXPECT_EQ(all.at(2).error().why, "exited with code 9");
}

TEST(ForkPool, EndsWhatHangsAndGoesOn) {
  const auto all =
      results({.count = 3, .job_limit = std::chrono::seconds(1)}, [](std::uint64_t number) {
        while (number == 1) ::pause();
        return std::string("done");
      });
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.at(1).error().why, "did not end within 1 s of real time");
  EXPECT_TRUE(all.at(2));
}

TEST(ForkPool, BeginsNothingAfterItsTime) {
  EXPECT_TRUE(results({.count = 5, .time_limit = std::chrono::seconds(0)}, [](std::uint64_t) {
                return std::string();
              }).empty());
}

}  // namespace
}  // namespace doublecheck::harness
