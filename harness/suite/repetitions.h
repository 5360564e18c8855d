#pragma once

#include <cstddef>
#include <span>

#include "harness/report/result.h"

namespace doublecheck::harness {

// What several repetitions of one case came to.
struct Repeated {
  report::CaseResult result;
  std::size_t repetition = 0;  // the one that the result tells of
};

// Their verdict, if they agree; or else flaky, told by the first one that did not pass. There is at
// least one.
Repeated merge_repetitions(std::span<const report::CaseResult> repetitions);

}  // namespace doublecheck::harness
