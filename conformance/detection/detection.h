#pragma once

#include <optional>
#include <string>

#include "conformance/detection/mutant.h"
#include "conformance/deviations/deviation.h"

// Whether the cases notice a violation.
namespace doublecheck::deviations {

enum class Fate {
  kKilled,         // by the case that is meant to; of a guard, by a case of its requirement
  kKilledByOther,  // of a guard: only by cases of other requirements
  kSurvived,       // no case fails
  kUnreached,      // no case makes the guard decide otherwise, so that forcing it changes nothing
  kCrashed,        // the process ended: listed apart, not a kill
};
std::string to_string(Fate fate);

struct Detection {
  std::string name;
  std::string layer;  // of the requirement; of a mutant's effect, "stanza" or "close"
  Fate fate = Fate::kSurvived;
  std::string by = {};  // the id of the case that notices
  std::string message =
      {};  // what it says; of a survivor, what the case said that should have noticed
};

// Runs the case that the deviation names on the reference, where it must pass, and on the
// deviation, where it must fail.
Detection judge(const Deviation& deviation);

// Runs the cases that the mutant can change, until one fails.
Detection judge(const Mutant& mutant);

// One detection as one line, and back; nothing for a line that is not one.
std::string write_detection(const Detection& detection);
std::optional<Detection> read_detection(const std::string& line);

}  // namespace doublecheck::deviations
