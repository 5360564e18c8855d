#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/catalogue/coverage.h"

// How many requirements there are, by status and by how strong they are.
namespace doublecheck::harness {

// MUST and MUST NOT count together, SHOULD and SHOULD NOT as well.
enum class Strength : std::uint8_t { kMust, kShould, kMay };

inline constexpr auto kStrengths =
    std::to_array({Strength::kMust, Strength::kShould, Strength::kMay});

Strength strength_of(Requirement::Level level);
std::string_view to_string(Strength strength);

class Tally {
 public:
  void add(const Coverage& one);

  std::size_t count(Status status, Strength strength) const;
  std::size_t count(Status status) const;
  std::size_t count(Strength strength) const;
  std::size_t total() const;

 private:
  std::array<std::array<std::size_t, kStrengths.size()>, kStatuses.size()> counts_ = {};
};

// The statuses that a table of this needs: all but kUntested, and that where there is any.
std::span<const Status> statuses_of(const Tally& counted);

// The layers in the order in which they come first, each with its tally.
std::vector<std::pair<std::string_view, Tally>> tallies_by_layer(std::span<const Coverage> all);
Tally tally(std::span<const Coverage> all);

}  // namespace doublecheck::harness
