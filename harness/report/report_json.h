#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/report/result.h"
#include "spec/base/result.h"

// report.json: the data of a run for other programs. report.schema.json beside this file documents
// every member; README.md says what the verdicts mean.
namespace doublecheck::report {

// What a reader takes at most. Writing cuts texts to the limit; no run comes near the others.
struct ReportLimits {
  std::size_t octets = std::size_t{256} << 20;  // of the whole file
  std::size_t cases = 100'000;
  std::size_t requirements = 64;          // of one case
  std::size_t transcript_lines = 10'000;  // of one case
  std::size_t text_octets = 1 << 20;      // of one string
};

// The version of the format. It changes when a reader of the old one would misunderstand the new
// one.
inline constexpr int kReportVersion = 1;

// JSON text with members in a fixed order, so that two reports can be compared line by line. Octets
// that are not UTF-8 become U+FFFD, a number of seconds that is not finite or negative becomes 0.
std::string to_json(const Run& run);

// Reads what to_json wrote: from_json(to_json(run)) is `run`, apart from the replacements above.
// Strict: members that are missing, unknown, twice there, of another type or outside their domain
// are errors, and so is a summary that the cases contradict. The error says where
// ("cases[3].verdict"), or for text that is not JSON, at which octet.
Result<Run> from_json(std::string_view json, const ReportLimits& limits = {});

// The same for one case of a report, without line breaks: what a worker process hands to its
// parent.
std::string case_to_json(const CaseResult& result);
Result<CaseResult> case_from_json(std::string_view json, const ReportLimits& limits = {});

}  // namespace doublecheck::report
