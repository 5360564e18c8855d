#include <gtest/gtest.h>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/case.h"
#include "harness/suite/run_case.h"
#include "spec/base/random.h"

// Every case passes on the reference: a case that does not is wrong, or the reference is.
namespace doublecheck::harness {
namespace {

constexpr std::int64_t kEpoch = 1'750'000'000;
constexpr std::uint64_t kSeed = 1;

class ServerCase : public testing::TestWithParam<Case> {};

std::string describe(const report::CaseResult& result) {
  std::string text = result.message + "\nexpected: " + result.expected + "\ncame: " + result.actual + "\n";
  for (const report::TranscriptLine& line : result.transcript) {
    text += line.endpoint + " " + line.direction + " " + line.kind + " " + line.text + "\n";
  }
  return text;
}

TEST_P(ServerCase, PassesOnTheReference) {
  VirtualDriver driver(UnixTime::from_seconds(kEpoch));
  InProcessServer server(driver, {}, SeededRandom(kSeed));
  const report::CaseResult result = run_server_case(GetParam(), server, kSeed, GetParam().id());
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

std::vector<Case> server_cases() {
  std::vector<Case> cases;
  for (const Case& one : all_cases()) {
    if (one.role() == "server") cases.push_back(one);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, ServerCase, testing::ValuesIn(server_cases()), [](const auto& tested) {
  return std::string(tested.param.layer) + "_" + std::string(tested.param.name);
});

}  // namespace
}  // namespace doublecheck::harness
