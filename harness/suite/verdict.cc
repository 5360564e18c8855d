#include "harness/suite/verdict.h"

namespace doublecheck::harness {

using report::Verdict;

void fail_case(std::string_view message, std::string expected, std::string actual) {
  throw CaseEnded(Verdict::kFail, std::string(message), std::move(expected), std::move(actual));
}

void inconclusive(std::string_view message) {
  throw CaseEnded(Verdict::kInconclusive, std::string(message));
}

void unsupported(std::string_view message) {
  throw CaseEnded(Verdict::kUnsupported, std::string(message));
}

void check(bool condition, std::string_view sentence, std::string actual) {
  if (!condition) fail_case(sentence, std::string(sentence), std::move(actual));
}

}  // namespace doublecheck::harness
