#include "harness/suite/case.h"

#include <algorithm>

namespace doublecheck::harness {
namespace {

// Filled before main by the files of cases, and only read afterwards.
std::vector<Case>& registry() {
  static std::vector<Case> cases;
  return cases;
}

}  // namespace

std::string Case::id() const {
  return std::string(role()) + "/" + std::string(layer) + "/" + std::string(name);
}

const std::vector<Case>& all_cases() {
  static const bool sorted = [] {
    std::ranges::sort(registry(), {}, &Case::id);
    return true;
  }();
  static_cast<void>(sorted);
  return registry();
}

const Case* find_case(std::string_view id) {
  const auto found = std::ranges::find(all_cases(), id, &Case::id);
  return found == all_cases().end() ? nullptr : &*found;
}

Registration::Registration(Case registered) { registry().push_back(std::move(registered)); }

}  // namespace doublecheck::harness
