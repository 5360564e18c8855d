#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "harness/report/result.h"

// How a case ends early. A case that returns has passed.
namespace doublecheck::harness {

class CaseEnded : public std::runtime_error {
 public:
  CaseEnded(report::Verdict ends_as, const std::string& message, std::string what_should_come = {},
            std::string what_came = {})
      : std::runtime_error(message),
        verdict(ends_as),
        expected(std::move(what_should_come)),
        actual(std::move(what_came)) {}

  report::Verdict verdict;
  std::string expected;
  std::string actual;
};

// The requirement was seen not to hold.
[[noreturn]] void fail_case(std::string_view message, std::string expected = {},
                            std::string actual = {});

// What the case builds on did not work: says nothing about the requirement.
[[noreturn]] void inconclusive(std::string_view message);

// The implementation, or the way it is plugged in, cannot do what the case needs.
[[noreturn]] void unsupported(std::string_view message);

// Fails the case unless `condition` holds; `sentence` says what must hold.
void check(bool condition, std::string_view sentence, std::string actual = {});

// Runs something that the case builds on: its failure is inconclusive.
template <typename Action>
auto precondition(std::string_view what, Action action) {
  try {
    return action();
  } catch (const CaseEnded& ended) {
    if (ended.verdict != report::Verdict::kFail) throw;
    inconclusive(std::string(what) + ": " + ended.what() +
                 (ended.actual.empty() ? std::string() : "; came: " + ended.actual));
  }
}

}  // namespace doublecheck::harness
