#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/report/result.h"
#include "harness/suite/case.h"
#include "spec/base/result.h"

namespace CLI {
class App;
}

// What `doublecheck certify` does with a run beside reporting it: judges it by a profile, and signs
// what came out.
namespace doublecheck::harness {

struct CertificateOptions {
  std::optional<std::string> profile;
  std::optional<std::string> key_file;  // to sign with
  std::string statement_file = "statement.json";
  std::vector<std::string> artifacts;        // what was tested
  std::optional<std::string> expected_file;  // that was applied to the run
};

void add_certificate_options(CLI::App& command, CertificateOptions& options);

// Whether the files that signing needs can be read, before a long run; the error is for the user.
Result<> check_certificate_options(const CertificateOptions& options);

// Prints whether the run is certified, and writes the signed statement. `cases` are all of the
// roles that were tested. True without a profile, and when the run is certified; the error is for
// the user.
Result<bool> certify_run(const report::Run& run, std::span<const Case* const> cases,
                         const CertificateOptions& options);

}  // namespace doublecheck::harness
