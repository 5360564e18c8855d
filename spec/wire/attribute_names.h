#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "spec/wire/node.h"

namespace doublecheck::wire {

// Whether two attributes have the same name (NODE-15). Comparing each with each is fastest for the
// few that a stanza has, and would take minutes for the many that a hostile one can have.
inline bool has_repeated_name(std::span<const Attribute> attributes) {
  constexpr std::size_t kFew = 16;
  if (attributes.size() <= kFew) {
    for (std::size_t i = 1; i < attributes.size(); ++i) {
      const std::string_view name = attributes[i].name;
      for (std::size_t j = 0; j < i; ++j) {
        if (attributes[j].name == name) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(attributes.size());
  for (const Attribute& attribute : attributes) names.push_back(attribute.name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

}  // namespace doublecheck::wire
