#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "harness/certification/dsse.h"
#include "harness/certification/signing_key.h"
#include "harness/certification/statement.h"
#include "harness/cli/commands.h"
#include "harness/cli/read_file.h"

// `doublecheck verify`: whether a signed result is what it seems to be.
namespace doublecheck::harness {
namespace {

struct VerifyOptions {
  std::string envelope;
  std::string key;
  std::vector<std::string> artifacts;
};

Result<StatementSummary> read(const VerifyOptions& options) {
  auto pem = read_file(options.key, kMaxPemBytes);
  if (!pem) return propagate(pem);
  auto key = VerifyingKey::from_pem(*pem);
  if (!key) return propagate(key);
  auto envelope = read_file(options.envelope, kMaxEnvelopeBytes);
  if (!envelope) return propagate(envelope);
  auto statement = open_envelope(*envelope, kStatementPayloadType, *key);
  if (!statement) return propagate(statement);
  return read_statement(*statement);
}

// Whether the files are among what the statement is about.
bool are_subjects(const std::vector<std::string>& paths, const StatementSummary& summary) {
  bool all = true;
  for (const std::string& path : paths) {
    const auto artifact = describe_artifact(path);
    if (!artifact) {
      std::cerr << "doublecheck verify: " << artifact.error().to_string() << "\n";
      return false;
    }
    const bool found = std::ranges::any_of(summary.subjects, [&](const Artifact& subject) {
      return subject.sha256 == artifact->sha256;
    });
    if (!found) std::cerr << "doublecheck verify: the result is not about " << path << "\n";
    all = all && found;
  }
  return all;
}

int verify(const VerifyOptions& options) {
  const auto summary = read(options);
  if (!summary) {
    std::cerr << "doublecheck verify: " << summary.error().to_string() << "\n";
    return 1;
  }
  std::cout << summary->result << " for the profile " << summary->profile << ", by doublecheck "
            << summary->suite_version << "\n";
  for (const Artifact& subject : summary->subjects)
    std::cout << "  " << subject.sha256 << "  " << subject.name << "\n";
  if (!are_subjects(options.artifacts, *summary)) return 1;
  return summary->result == "FAILED" ? 1 : 0;
}

}  // namespace

Command add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Check a signed result of certify --sign. Exits with 0 when the key has signed it and it says "
      "that the subject passed.");
  command->add_option("file", options->envelope, "The signed result")->required();
  command->add_option("--key", options->key, "Public key (PEM), as keygen writes it to FILE.pub")
      ->required();
  command->add_option("--artifact", options->artifacts,
                      "A file that the result must be about; may be given several times");
  return [options] { return verify(*options); };
}

}  // namespace doublecheck::harness
