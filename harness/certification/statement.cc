#include "harness/certification/statement.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/suite/case.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::harness {
namespace {

constexpr const char* kStatementType = "https://in-toto.io/Statement/v1";
constexpr const char* kPredicateType = "https://in-toto.io/attestation/test-result/v0.1";

nlohmann::json to_json(const Artifact& artifact) {
  return {{"name", artifact.name}, {"digest", {{"sha256", artifact.sha256}}}};
}

// A condition of the run, as the specification of in-toto has it: a resource with annotations.
nlohmann::json condition(const std::string& name, nlohmann::json annotations) {
  return {{"name", name}, {"annotations", std::move(annotations)}};
}

std::vector<std::string> ids_with(const report::Run& run, report::Verdict verdict) {
  std::vector<std::string> ids;
  for (const report::CaseResult& result : run.cases) {
    if (result.verdict == verdict) ids.push_back(result.id);
  }
  return ids;
}

// All that is neither a pass nor a warning: of a certificate it is what is missing.
std::vector<std::string> ids_of_failures(const report::Run& run) {
  std::vector<std::string> ids;
  for (const report::CaseResult& result : run.cases) {
    if (result.verdict != report::Verdict::kPass && result.verdict != report::Verdict::kWarn)
      ids.push_back(result.id);
  }
  return ids;
}

std::string result_of(const report::Run& run, const Assessment& assessment) {
  if (!assessment.certified || !report::succeeded(run)) return "FAILED";
  return ids_with(run, report::Verdict::kWarn).empty() ? "PASSED" : "WARNED";
}

nlohmann::json configuration(const report::Run& run, const Assessment& assessment,
                             const StatementInputs& inputs) {
  nlohmann::json counts;
  for (const auto& [verdict, count] : report::tally(run))
    counts[report::to_string(verdict)] = count;
  nlohmann::json list = nlohmann::json::array();
  list.push_back({{"name", "doublecheck"},
                  {"digest", {{"sha256", catalogue_digest()}}},
                  {"annotations", {{"version", run.suite_version}, {"seed", run.seed}}}});
  list.push_back(condition("subject", {{"role", run.subject.role},
                                       {"how", run.subject.how},
                                       {"name", run.subject.name},
                                       {"version", run.subject.version}}));
  list.push_back(condition("profile", {{"name", assessment.profile},
                                       {"mandatory", assessment.mandatory},
                                       {"reasons", assessment.reasons}}));
  list.push_back(condition("run", {{"startedAt", run.started_at},
                                   {"driver", run.driver},
                                   {"environment", inputs.environment},
                                   {"counts", counts}}));
  if (inputs.expected_failures) list.push_back(to_json(*inputs.expected_failures));
  return list;
}

}  // namespace

Result<Artifact> describe_artifact(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) return fail("artifact", "cannot read " + path);
  const Bytes content{std::istreambuf_iterator<char>(file), {}};
  return Artifact{std::filesystem::path(path).filename().string(), to_hex(sha256(content))};
}

std::string make_statement(const report::Run& run, const Assessment& assessment,
                           const StatementInputs& inputs) {
  nlohmann::json subjects = nlohmann::json::array();
  for (const Artifact& artifact : inputs.subjects) subjects.push_back(to_json(artifact));
  return nlohmann::json{{"_type", kStatementType},
                        {"subject", std::move(subjects)},
                        {"predicateType", kPredicateType},
                        {"predicate",
                         {{"result", result_of(run, assessment)},
                          {"configuration", configuration(run, assessment, inputs)},
                          {"passedTests", ids_with(run, report::Verdict::kPass)},
                          {"warnedTests", ids_with(run, report::Verdict::kWarn)},
                          {"failedTests", ids_of_failures(run)}}}}
      .dump();
}

Result<StatementSummary> read_statement(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    if (json.at("_type") != kStatementType || json.at("predicateType") != kPredicateType)
      return fail("statement", "it is not a test result");
    StatementSummary summary;
    for (const nlohmann::json& subject : json.at("subject")) {
      summary.subjects.push_back({subject.at("name").get<std::string>(),
                                  subject.at("digest").at("sha256").get<std::string>()});
    }
    const nlohmann::json& predicate = json.at("predicate");
    summary.result = predicate.at("result").get<std::string>();
    for (const nlohmann::json& one : predicate.at("configuration")) {
      const auto name = one.at("name").get<std::string>();
      if (name == "doublecheck") summary.suite_version = one.at("annotations").at("version");
      if (name == "profile") summary.profile = one.at("annotations").at("name");
    }
    return summary;
  } catch (const nlohmann::json::exception& error) {
    return fail("statement", std::string("it is not one: ") + error.what());
  }
}

std::string catalogue_digest() {
  std::string all;
  for (const Requirement& one : requirements()) {
    ((all += one.id) += '\t') += to_string(one.level);
    (((all += '\t') += to_string(one.role)) += '\t') += one.text;
    all += '\n';
  }
  for (const Case& one : all_cases()) {
    ((all += one.id()) += '\t') += one.sentence;
    all += '\n';
  }
  return to_hex(sha256(as_bytes(all)));
}

}  // namespace doublecheck::harness
