#include "harness/catalogue/tally.h"

#include <algorithm>

namespace doublecheck::harness {
namespace {

template <typename Enumerator>
std::size_t place(Enumerator enumerator) {
  return static_cast<std::size_t>(enumerator);
}

}  // namespace

Strength strength_of(Requirement::Level level) {
  switch (level) {
    case Requirement::Level::kMust:
    case Requirement::Level::kMustNot:
      return Strength::kMust;
    case Requirement::Level::kShould:
    case Requirement::Level::kShouldNot:
      return Strength::kShould;
    case Requirement::Level::kMay:
      return Strength::kMay;
  }
  return Strength::kMay;
}

std::string_view to_string(Strength strength) {
  switch (strength) {
    case Strength::kMust:
      return "MUST";
    case Strength::kShould:
      return "SHOULD";
    case Strength::kMay:
      return "MAY";
  }
  return {};
}

void Tally::add(const Coverage& one) {
  ++counts_[place(one.status)][place(strength_of(one.requirement->level))];
}

std::size_t Tally::count(Status status, Strength strength) const {
  return counts_[place(status)][place(strength)];
}

std::size_t Tally::count(Status status) const {
  std::size_t sum = 0;
  for (const Strength strength : kStrengths) sum += count(status, strength);
  return sum;
}

std::size_t Tally::count(Strength strength) const {
  std::size_t sum = 0;
  for (const Status status : kStatuses) sum += count(status, strength);
  return sum;
}

std::size_t Tally::total() const {
  std::size_t sum = 0;
  for (const Status status : kStatuses) sum += count(status);
  return sum;
}

std::span<const Status> statuses_of(const Tally& counted) {
  static_assert(kStatuses.back() == Status::kUntested);
  const std::span<const Status> all(kStatuses);
  return counted.count(Status::kUntested) == 0 ? all.first(all.size() - 1) : all;
}

std::vector<std::pair<std::string_view, Tally>> tallies_by_layer(std::span<const Coverage> all) {
  std::vector<std::pair<std::string_view, Tally>> layers;
  for (const Coverage& one : all) {
    const std::string_view layer = one.requirement->layer;
    auto found = std::ranges::find(layers, layer, &std::pair<std::string_view, Tally>::first);
    if (found == layers.end()) found = layers.insert(layers.end(), {layer, Tally{}});
    found->second.add(one);
  }
  return layers;
}

Tally tally(std::span<const Coverage> all) {
  Tally sum;
  for (const Coverage& one : all) sum.add(one);
  return sum;
}

}  // namespace doublecheck::harness
