#include "spec/base/result.h"

namespace doublecheck {

std::string Error::to_string() const {
  std::string text = what + ": " + why;
  if (offset) text += " (at byte " + std::to_string(*offset) + ")";
  return text;
}

}  // namespace doublecheck
