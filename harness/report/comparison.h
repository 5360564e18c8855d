#pragma once

#include <string>
#include <vector>

#include "harness/report/result.h"

namespace doublecheck::report {

// What differs between two runs, by the ids of cases, which never change their meaning: also
// between versions of the suite. Each list is sorted.
struct Comparison {
  std::vector<std::string> worse;  // was not red, and is
  std::vector<std::string> better;
  std::vector<std::string> added;  // was not run before
  std::vector<std::string> gone;
};

Comparison compare(const Run& before, const Run& now);

// A line for each case: "worse client/acks/receipt: pass, now fail". Empty when nothing differs.
std::string to_text(const Comparison& comparison, const Run& before, const Run& now);

}  // namespace doublecheck::report
