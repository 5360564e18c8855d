#pragma once

#include <string>
#include <string_view>
#include <vector>

// Mutants that no case kills, and why.
namespace doublecheck::deviations {

// Only the last is a hole in the suite. The others are no violations that anybody could see, and
// do not count where kills are counted.
enum class Survival {
  kNoViolation,  // what changes is left open by the requirements
  kUnseen,       // nothing that is sent or said is different
  kSameAnyway,   // the reference does that in any case: the guard only lets it be told not to
  kHole,         // a case that notices it is yet to be written
};
std::string to_string(Survival survival);

struct Explanation {
  std::string_view mutants;  // patterns of names, as in --filter
  Survival survival;
  std::string_view why;
};

const std::vector<Explanation>& explanations();

// That of the mutant of this name; nullptr when there is none.
const Explanation* explanation_of(std::string_view mutant);

}  // namespace doublecheck::deviations
