#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/cli/certificate.h"
#include "harness/cli/target.h"

namespace doublecheck::harness {

// What `doublecheck certify` is asked for.
struct CertifyOptions {
  Target target;
  CertificateOptions certificate;
  std::string expected_file;
  bool update = false;
  std::string baseline_file;
  bool canary = false;
  std::string filter = "*";
  std::optional<std::string> case_id;  // this one alone, instead of those of the filter
  bool pause = false;
  bool list = false;
  std::uint64_t seed = 1;
  std::size_t jobs = 0;
  std::size_t repeat = 1;
  std::string report_directory;
  bool worker = false;
};

// Runs cases and reports what was found: the exit code. `verdict` is set to that of the last case.
int certify(const CertifyOptions& options, std::optional<report::Verdict>* verdict = nullptr);

// A case that is registered, or a canary; nullptr for an id that none has.
const Case* find_case_or_canary(const std::string& id);

// The error for an id that no case has, with those that may be meant.
std::string no_such_case(const std::string& id);

}  // namespace doublecheck::harness
