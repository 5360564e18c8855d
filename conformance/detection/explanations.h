#pragma once

#include <string_view>
#include <vector>

// Mutants that no case kills, and why that is no hole in the suite.
namespace doublecheck::deviations {

struct Explanation {
  std::string_view mutants;  // a pattern of names, as in --filter
  std::string_view why;
};

const std::vector<Explanation>& explanations();

}  // namespace doublecheck::deviations
