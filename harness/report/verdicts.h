#pragma once

#include <array>

#include "harness/report/result.h"

namespace doublecheck::report {

// Every verdict once, in the order in which a summary lists them: what needs attention first.
inline constexpr std::array<Verdict, 8> kVerdicts = {
    Verdict::kFail, Verdict::kFlaky,        Verdict::kInconclusive, Verdict::kUnexpectedPass,
    Verdict::kWarn, Verdict::kExpectedFail, Verdict::kUnsupported,  Verdict::kPass,
};

}  // namespace doublecheck::report
