#include <fmt/format.h>

#include "harness/catalogue/listing.h"
#include "harness/catalogue/tally.h"

namespace doublecheck::harness {
namespace {

std::string entry(const Coverage& one) {
  const Requirement& requirement = *one.requirement;
  std::string text =
      fmt::format("{}  {}  ({}, {}{})\n    {}\n", requirement.id, to_string(requirement.level),
                  to_string(requirement.role), to_string(requirement.evidence),
                  requirement.security ? ", security" : "", requirement.text);
  for (const std::string& id : one.cases) text += fmt::format("    checked by {}\n", id);
  if (one.status == Status::kTested) {
    if (!requirement.vectors.empty())
      text += fmt::format("    checked by vectors {}\n", requirement.vectors);
  } else {
    const std::string_view reason =
        requirement.note.empty() ? requirement.contested : requirement.note;
    text += fmt::format("    {}{}{}\n", to_string(one.status), reason.empty() ? "" : ": ", reason);
  }
  return text;
}

std::string text_row(std::string_view name, const Tally& counted,
                     std::span<const Status> statuses) {
  std::string text = fmt::format("{:<14}", name);
  for (const Strength strength : kStrengths) text += fmt::format("{:>8}", counted.count(strength));
  for (const Status status : statuses) text += fmt::format("{:>14}", counted.count(status));
  return text + fmt::format("{:>8}\n", counted.total());
}

}  // namespace

std::string text_of(std::span<const Coverage> all) {
  std::string text;
  for (const Coverage& one : all) text += entry(one);
  return text;
}

std::string summary_text(std::span<const Coverage> all) {
  const Tally sum = tally(all);
  const std::span<const Status> statuses = statuses_of(sum);
  std::string text = fmt::format("{:<14}", "layer");
  for (const Strength strength : kStrengths) text += fmt::format("{:>8}", to_string(strength));
  for (const Status status : statuses) text += fmt::format("{:>14}", to_string(status));
  text += fmt::format("{:>8}\n", "all");
  for (const auto& [layer, counted] : tallies_by_layer(all))
    text += text_row(layer, counted, statuses);
  text += text_row("all", sum, statuses) + "\n";
  for (const Strength strength : kStrengths) {
    text += fmt::format("{:<8}{:>4}:", to_string(strength), sum.count(strength));
    for (const Status status : statuses)
      text += fmt::format(" {} {}{}", sum.count(status, strength), to_string(status),
                          status == statuses.back() ? "\n" : ",");
  }
  return text;
}

}  // namespace doublecheck::harness
