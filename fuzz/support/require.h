#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

// How a fuzz target reports that something does not hold which must hold of every input.
namespace doublecheck::fuzz {

// Ends the process with the broken rule, which libFuzzer and the replay take for a crash.
inline void require(bool holds, std::string_view rule, std::string_view detail = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s%s%.*s\n", static_cast<int>(rule.size()), rule.data(),
               detail.empty() ? "" : ": ", static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace doublecheck::fuzz
