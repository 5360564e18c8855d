#include "harness/cli/certificate.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>

#include "harness/certification/dsse.h"
#include "harness/certification/profile.h"
#include "harness/certification/signing_key.h"
#include "harness/certification/statement.h"
#include "harness/cli/read_file.h"

namespace doublecheck::harness {
namespace {

constexpr std::size_t kShownReasons = 20;

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : profiles()) names.emplace_back(profile.name);
  return names;
}

std::string environment() {
  ::utsname names{};
  ::uname(&names);
  return fmt::format("{} {} {}", names.sysname, names.release, names.machine);
}

Result<SigningKey> read_signing_key(const std::string& path) {
  auto pem = read_file(path, kMaxPemBytes);
  if (!pem) return propagate(pem);
  return SigningKey::from_pem(*pem);
}

Result<StatementInputs> statement_inputs(const CertificateOptions& options) {
  StatementInputs inputs{.subjects = {}, .expected_failures = {}, .environment = environment()};
  for (const std::string& path : options.artifacts) {
    auto artifact = describe_artifact(path);
    if (!artifact) return propagate(artifact);
    inputs.subjects.push_back(std::move(*artifact));
  }
  if (options.expected_file) {
    auto expected = describe_artifact(*options.expected_file);
    if (!expected) return propagate(expected);
    inputs.expected_failures = std::move(*expected);
  }
  return inputs;
}

void print_assessment(const Assessment& assessment) {
  if (assessment.certified) {
    std::cout << fmt::format("certified for the profile {}: {} mandatory cases passed\n",
                             assessment.profile, assessment.mandatory);
    return;
  }
  std::cout << fmt::format("not certified for the profile {}, of which {} cases are mandatory:\n",
                           assessment.profile, assessment.mandatory);
  const std::size_t shown = std::min(assessment.reasons.size(), kShownReasons);
  for (std::size_t i = 0; i < shown; ++i) std::cout << "  " << assessment.reasons[i] << "\n";
  if (shown < assessment.reasons.size())
    std::cout << fmt::format("  and {} more\n", assessment.reasons.size() - shown);
}

Result<> sign(const report::Run& run, const Assessment& assessment,
              const CertificateOptions& options) {
  auto key = read_signing_key(*options.key_file);
  if (!key) return propagate(key);
  auto inputs = statement_inputs(options);
  if (!inputs) return propagate(inputs);
  std::ofstream file(options.statement_file, std::ios::binary);
  file << seal_envelope(kStatementPayloadType, make_statement(run, assessment, *inputs), *key);
  if (!file.flush()) return fail("statement", "cannot write " + options.statement_file);
  std::cout << "signed statement: " << options.statement_file << "\n";
  return {};
}

}  // namespace

void add_certificate_options(CLI::App& command, CertificateOptions& options) {
  CLI::Option* profile =
      command
          .add_option("--profile", options.profile,
                      "Certify for a profile: every mandatory case of it must have run and passed")
          ->check(CLI::IsMember(profile_names()));
  CLI::Option* artifact = command.add_option(
      "--artifact", options.artifacts,
      "A file of what is tested, whose digest the signed statement names; may be given several times");
  command
      .add_option("--sign", options.key_file,
                  "Sign the result with this key, which `doublecheck keygen` makes")
      ->needs(profile)
      ->needs(artifact);
  command.add_option("--statement", options.statement_file, "Where to write the signed statement")
      ->capture_default_str();
}

Result<> check_certificate_options(const CertificateOptions& options) {
  if (!options.key_file) return {};
  if (auto key = read_signing_key(*options.key_file); !key) return propagate(key);
  if (auto inputs = statement_inputs(options); !inputs) return propagate(inputs);
  return {};
}

Result<bool> certify_run(const report::Run& run, std::span<const Case* const> cases,
                         const CertificateOptions& options) {
  if (!options.profile) return true;
  const Assessment assessment = assess(run, *find_profile(*options.profile), cases);
  print_assessment(assessment);
  if (options.key_file) {
    if (auto signed_it = sign(run, assessment, options); !signed_it) return propagate(signed_it);
  }
  return assessment.certified;
}

}  // namespace doublecheck::harness
