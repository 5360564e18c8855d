#include <gtest/gtest.h>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/case.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/run_case.h"
#include "spec/base/random.h"

// Every case passes on the reference: a case that does not is wrong, or the reference is.
namespace doublecheck::harness {
namespace {

constexpr std::uint64_t kSeed = 1;

class ServerCase : public testing::TestWithParam<Case> {};

std::string describe(const report::CaseResult& result) {
  std::string text =
      result.message + "\nexpected: " + result.expected + "\ncame: " + result.actual + "\n";
  for (const report::TranscriptLine& line : result.transcript) {
    text += line.endpoint + " " + line.direction + " " + line.kind + " " + line.text + "\n";
  }
  return text;
}

TEST_P(ServerCase, PassesOnTheReference) {
  VirtualDriver driver;
  InProcessServer server(driver, {}, SeededRandom(kSeed));
  const report::CaseResult result = run_server_case(GetParam(), server, kSeed, GetParam().id());
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

class ClientCase : public testing::TestWithParam<Case> {};

TEST_P(ClientCase, PassesOnTheReference) {
  const report::CaseResult result = run_client_case(GetParam(), kSeed);
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

std::vector<Case> cases_of(std::string_view role) {
  std::vector<Case> cases;
  for (const Case& one : all_cases()) {
    if (one.role() == role) cases.push_back(one);
  }
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& tested) {
  return std::string(tested.param.layer) + "_" + std::string(tested.param.name);
}

INSTANTIATE_TEST_SUITE_P(All, ServerCase, testing::ValuesIn(cases_of("server")), name_of);
INSTANTIATE_TEST_SUITE_P(All, ClientCase, testing::ValuesIn(cases_of("client")), name_of);

}  // namespace
}  // namespace doublecheck::harness
