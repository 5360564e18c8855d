#include "harness/certification/statement.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/suite/temporary_folder.h"

namespace doublecheck::harness {
namespace {

using report::Verdict;

report::Run run_with(std::initializer_list<Verdict> verdicts) {
  report::Run run;
  run.suite_version = "1.2.3";
  run.subject = {.role = "client", .how = "a command", .name = "A library", .version = "7"};
  for (const Verdict verdict : verdicts) {
    report::CaseResult result;
    result.id = "client/layer/case_" + std::to_string(run.cases.size());
    result.verdict = verdict;
    run.cases.push_back(result);
  }
  return run;
}

const Assessment kCertified{.profile = "core", .certified = true, .mandatory = 1, .reasons = {}};
const Assessment kNotCertified{
    .profile = "core", .certified = false, .mandatory = 1, .reasons = {"a reason"}};
const StatementInputs kInputs{
    .subjects = {{"adapter.mjs", "aa"}}, .expected_failures = {}, .environment = "a machine"};

std::string result_of(std::initializer_list<Verdict> verdicts, const Assessment& assessment) {
  return read_statement(make_statement(run_with(verdicts), assessment, kInputs)).value().result;
}

TEST(Statement, SaysPassedOfWhatIsCertifiedAlone) {
  EXPECT_EQ(result_of({Verdict::kPass}, kCertified), "PASSED");
  EXPECT_EQ(result_of({Verdict::kPass, Verdict::kWarn}, kCertified), "WARNED");
  EXPECT_EQ(result_of({Verdict::kPass}, kNotCertified), "FAILED");
  EXPECT_EQ(result_of({Verdict::kPass, Verdict::kFail}, kCertified), "FAILED");
  EXPECT_EQ(result_of({Verdict::kPass, Verdict::kUnexpectedPass}, kCertified), "FAILED");
  EXPECT_EQ(result_of({}, kCertified), "FAILED");
}

TEST(Statement, IsAnInTotoStatementWithATestResult) {
  const auto json = nlohmann::json::parse(make_statement(
      run_with({Verdict::kPass, Verdict::kWarn, Verdict::kUnsupported}), kCertified, kInputs));
  EXPECT_EQ(json["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(json["predicateType"], "https://in-toto.io/attestation/test-result/v0.1");
  EXPECT_EQ(json["subject"][0]["name"], "adapter.mjs");
  EXPECT_EQ(json["subject"][0]["digest"]["sha256"], "aa");
  const auto& predicate = json["predicate"];
  EXPECT_EQ(predicate["passedTests"], nlohmann::json{"client/layer/case_0"});
  EXPECT_EQ(predicate["warnedTests"], nlohmann::json{"client/layer/case_1"});
  EXPECT_EQ(predicate["failedTests"], nlohmann::json{"client/layer/case_2"});
  std::map<std::string, nlohmann::json> configuration;
  for (const auto& one : predicate["configuration"]) configuration[one["name"]] = one;
  EXPECT_EQ(configuration["doublecheck"]["digest"]["sha256"], catalogue_digest());
  EXPECT_EQ(configuration["run"]["annotations"]["counts"]["unsupported"], 1);
  EXPECT_EQ(configuration["profile"]["annotations"]["name"], "core");
}

TEST(Statement, ComesBack) {
  const auto summary =
      read_statement(make_statement(run_with({Verdict::kPass}), kCertified, kInputs));
  ASSERT_TRUE(summary) << summary.error().to_string();
  EXPECT_EQ(summary->profile, "core");
  EXPECT_EQ(summary->suite_version, "1.2.3");
  ASSERT_EQ(summary->subjects.size(), 1U);
  EXPECT_EQ(summary->subjects[0].name, "adapter.mjs");
}

TEST(Statement, HostileTextIsNone) {
  for (const char* text : {"", "{}", "[]", R"({"_type": "https://in-toto.io/Statement/v1"})"})
    EXPECT_FALSE(read_statement(text)) << text;
}

TEST(Artifact, IsItsContent) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "adapter.mjs";
  std::ofstream(path) << "abc";
  const auto artifact = describe_artifact(path.string());
  ASSERT_TRUE(artifact);
  EXPECT_EQ(artifact->name, "adapter.mjs");
  EXPECT_EQ(artifact->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(describe_artifact((folder.path() / "absent").string()));
  EXPECT_FALSE(describe_artifact(folder.path().string()));
}

}  // namespace
}  // namespace doublecheck::harness
