#include "harness/catalogue/selection.h"

#include <algorithm>
#include <array>

namespace doublecheck::harness {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

bool mentions(const Requirement& requirement, std::string_view searched) {
  const std::string wanted = in_lower_case(searched);
  return std::ranges::any_of(
      std::array{requirement.id, requirement.text, requirement.rationale, requirement.observe,
                 requirement.source, requirement.note, requirement.contested},
      [&](std::string_view text) { return in_lower_case(text).contains(wanted); });
}

template <typename Enumerators>
std::vector<std::string> names_of(const Enumerators& enumerators) {
  std::vector<std::string> names;
  for (const auto enumerator : enumerators) names.push_back(typed(to_string(enumerator)));
  return names;
}

}  // namespace

std::string typed(std::string_view shown) {
  std::string name = in_lower_case(shown);
  std::ranges::replace(name, ' ', '-');
  return name;
}

bool Selection::selects(const Coverage& one) const {
  const Requirement& requirement = *one.requirement;
  const auto admits = [](const std::string& wanted, std::string_view shown) {
    return wanted.empty() || wanted == typed(shown);
  };
  return (id.empty() || requirement.id == id) && (layer.empty() || requirement.layer == layer) &&
         admits(role, to_string(requirement.role)) && admits(level, to_string(requirement.level)) &&
         admits(evidence, to_string(requirement.evidence)) &&
         admits(status, to_string(one.status)) && (!security || requirement.security) &&
         (search.empty() || mentions(requirement, search));
}

std::vector<Coverage> select(std::vector<Coverage> all, const Selection& selection) {
  std::erase_if(all, [&](const Coverage& one) { return !selection.selects(one); });
  return all;
}

std::vector<std::string> role_names() {
  using enum Requirement::Role;
  return names_of(std::array{kClient, kServer, kBoth, kCodec});
}

std::vector<std::string> level_names() {
  using enum Requirement::Level;
  return names_of(std::array{kMust, kMustNot, kShould, kShouldNot, kMay});
}

std::vector<std::string> evidence_names() {
  using enum Requirement::Evidence;
  return names_of(std::array{kPublished, kObservedMany, kObservedOne, kProfile});
}

std::vector<std::string> status_names() { return names_of(kStatuses); }

std::vector<std::string> layer_names() {
  std::vector<std::string> layers;
  for (const Requirement& requirement : requirements()) {
    if (layers.empty() || layers.back() != requirement.layer)
      layers.emplace_back(requirement.layer);
  }
  return layers;
}

}  // namespace doublecheck::harness
