#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/certification/profile.h"
#include "harness/report/result.h"
#include "spec/base/result.h"

// The result of a run as an in-toto Statement (v1) with the test-result predicate (v0.1): what was
// tested, by which version of the suite, under which conditions, and what came out.
namespace doublecheck::harness {

inline constexpr const char* kStatementPayloadType = "application/vnd.in-toto+json";

// A file, by its content.
struct Artifact {
  std::string name;
  std::string sha256;  // in hexadecimal
};
// The error is for the user.
Result<Artifact> describe_artifact(const std::string& path);

struct StatementInputs {
  // What was tested: the files that a library and its adapter, or a server, consist of.
  std::vector<Artifact> subjects;
  std::optional<Artifact> expected_failures;
  std::string environment;  // "Linux 6.1 x86_64"
};

// The JSON text. It says PASSED only of a run that is certified for the profile.
std::string make_statement(const report::Run& run, const Assessment& assessment,
                           const StatementInputs& inputs);

// What a reader wants to know of one.
struct StatementSummary {
  std::string result;  // "PASSED", "WARNED" or "FAILED"
  std::string profile;
  std::string suite_version;
  std::vector<Artifact> subjects;
};
Result<StatementSummary> read_statement(const std::string& json);

// The SHA-256 of all requirements and the ids and sentences of all cases: what a version of the
// suite demands.
std::string catalogue_digest();

}  // namespace doublecheck::harness
