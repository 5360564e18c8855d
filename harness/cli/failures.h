#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/cli/target.h"
#include "harness/report/result.h"

// What failures leave beside a report: failures/CASE.json, for `doublecheck replay`, and
// failures/CASE.pcapng, the transcript as a capture.
namespace doublecheck::harness {

// Whether a case with this verdict leaves something: whoever it concerns will want to see it again.
bool leaves_failure(report::Verdict verdict);

// Where the failure of a case is found, without the ending.
std::filesystem::path failure_path(const std::filesystem::path& report, const std::string& case_id);

// Writes both files, or for a verdict that leaves none, takes away what an earlier run left. `seed`
// is that of the repetition that the result is of. False when something cannot be written.
bool keep_failure(const std::filesystem::path& report, const report::CaseResult& result,
                  const Target& target, std::uint64_t seed);

}  // namespace doublecheck::harness
