#include "harness/cli/failures.h"

#include "harness/certification/statement.h"
#include "harness/cli/commands.h"
#include "harness/cli/write_file.h"
#include "harness/report/failure.h"
#include "harness/report/pcapng.h"

namespace doublecheck::harness {

bool leaves_failure(report::Verdict verdict) {
  switch (verdict) {
    case report::Verdict::kPass:
    case report::Verdict::kUnsupported:
    case report::Verdict::kUnexpectedPass:
      return false;
    case report::Verdict::kFail:
    case report::Verdict::kWarn:
    case report::Verdict::kInconclusive:
    case report::Verdict::kFlaky:
    case report::Verdict::kExpectedFail:
      return true;
  }
  return true;
}

std::filesystem::path failure_path(const std::filesystem::path& report,
                                   const std::string& case_id) {
  return report / "failures" / case_id;
}

bool keep_failure(const std::filesystem::path& report, const report::CaseResult& result,
                  const Target& target, std::uint64_t seed) {
  const std::string path = failure_path(report, result.id).string();
  std::error_code error;
  if (!leaves_failure(result.verdict)) {
    std::filesystem::remove(path + ".json", error);
    std::filesystem::remove(path + ".pcapng", error);
    return true;
  }
  report::Failure failure;
  failure.suite_version = kVersion;
  failure.catalogue = catalogue_digest();
  failure.case_id = result.id;
  failure.seed = seed;
  failure.verdict = result.verdict;
  failure.message = result.message;
  put_target(target, failure);
  const Bytes capture = report::to_pcapng(result, kVersion);
  std::filesystem::create_directories(failure_path(report, result.id).parent_path(), error);
  return write_file(path + ".json", report::to_json(failure)) &&
         write_file(path + ".pcapng", std::string(capture.begin(), capture.end()));
}

}  // namespace doublecheck::harness
