#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/report/result.h"
#include "spec/base/result.h"

// What a failure leaves behind, so that it alone can be run again: `failures/CASE.json` beside a
// report, which `doublecheck replay` reads. failure.schema.json documents every member.
namespace doublecheck::report {

struct Failure {
  std::string suite_version;
  std::string catalogue;  // SHA-256 of the catalogue of requirements, in hexadecimal
  std::string case_id;
  std::uint64_t seed = 0;
  double time_scale = 1.0;
  std::string target;  // "in process", or whose option follows: "server", "client", "codec"
  std::string how;     // URL or command; empty in process
  // Of a server: how else it is reached. Empty where nothing was said.
  std::string control;
  std::string trust_root;
  std::string allow_remote_host;
  Verdict verdict = Verdict::kFail;  // to be expected
  std::string message;
};

// What a reader takes at most.
inline constexpr std::size_t kMaxFailureOctets = 1 << 20;

std::string to_json(const Failure& failure);

// Strict, as the reader of reports.
Result<Failure> failure_from_json(std::string_view json);

}  // namespace doublecheck::report
