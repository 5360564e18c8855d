#include "harness/suite/near_misses.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace doublecheck::harness {
namespace {

// More changes than a third of the letters make another word.
constexpr std::size_t kLettersPerChange = 3;

// How many letters must be put in, taken out or changed to make one of the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> near_misses(std::string_view id, const std::vector<std::string>& ids,
                                     std::size_t at_most) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& other : ids) {
    if (!id.empty() && other.find(id) != std::string::npos) {
      near.emplace_back(0, other);
    } else if (const std::size_t distance = edit_distance(id, other);
               distance * kLettersPerChange <= id.size()) {
      near.emplace_back(distance, other);
    }
  }
  std::ranges::sort(near);
  near.resize(std::min(near.size(), at_most));
  std::vector<std::string> names;
  for (auto& [distance, name] : near) names.push_back(std::move(name));
  return names;
}

}  // namespace doublecheck::harness
