#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/case.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/run_case.h"
#include "reference/store/memory_store.h"
#include "spec/base/random.h"
#include "spec/requirements/requirement.h"

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

// The keys of records that only one has, or that differ.
std::string differences(const std::vector<store::Record>& live,
                        const std::vector<store::Record>& kept) {
  std::map<std::string, Bytes> rest;
  for (const store::Record& record : kept) rest[record.key] = record.value;
  std::string keys;
  for (const store::Record& record : live) {
    const auto found = rest.find(record.key);
    if (found == rest.end()) {
      keys += record.key + " is not kept\n";
    } else {
      if (found->second != record.value) keys += record.key + " is another\n";
      rest.erase(found);
    }
  }
  for (const auto& [key, value] : rest) keys += key + " should be gone\n";
  return keys;
}

TEST_P(ServerCase, PassesOnTheReference) {
  VirtualDriver driver;
  InProcessServer server(driver, {}, SeededRandom(kSeed));
  const report::CaseResult result = run_server_case(GetParam(), server, kSeed, GetParam().id());
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

// With a store, whatever the server says waits for the disk, and all that it has to remember is in
// the store: nothing that a handler changes is forgotten, and a server that starts from it is the
// same.
TEST_P(ServerCase, PassesOnAServerThatKeepsEverything) {
  VirtualDriver driver;
  store::MemoryStore store;
  InProcessServer server(driver, {}, SeededRandom(kSeed));
  ASSERT_TRUE(server.keep_in(store));
  const report::CaseResult result = run_server_case(GetParam(), server, kSeed, GetParam().id());
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);

  EXPECT_EQ(differences(server.core().snapshot(), store.load()), "");
  InProcessServer restarted(driver, {}, SeededRandom(kSeed + 1));
  ASSERT_TRUE(restarted.keep_in(store));
  EXPECT_EQ(differences(restarted.core().snapshot(), store.load()), "");
  EXPECT_EQ(restarted.trust_root(), server.trust_root());
}

class ClientCase : public testing::TestWithParam<Case> {};

TEST_P(ClientCase, PassesOnTheReference) {
  const report::CaseResult result = run_client_case(GetParam(), kSeed);
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

class CodecCase : public testing::TestWithParam<Case> {};

TEST_P(CodecCase, PassesOnTheReference) {
  const report::CaseResult result = run_codec_case(GetParam(), kSeed);
  EXPECT_EQ(result.verdict, report::Verdict::kPass) << describe(result);
}

// A requirement that binds functions of bytes is checked on them, whoever else meets it.
TEST(CodecCases, CheckEveryRequirementOfCodecs) {
  std::set<Rule> checked;
  for (const Case& one : all_cases()) {
    if (one.role() == "codec") checked.insert(one.checks.begin(), one.checks.end());
  }
  for (const Requirement& each : requirements()) {
    if (each.role != Requirement::Role::kCodec || each.triage != Requirement::Triage::kCase)
      continue;
    EXPECT_TRUE(checked.contains(each.rule)) << each.id;
  }
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
INSTANTIATE_TEST_SUITE_P(All, CodecCase, testing::ValuesIn(cases_of("codec")), name_of);

}  // namespace
}  // namespace doublecheck::harness
