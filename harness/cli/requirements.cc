#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// `doublecheck requirements`: the catalogue, and which cases check what.
namespace doublecheck::harness {
namespace {

struct RequirementsOptions {
  std::string layer;
  std::string id;
  bool summary = false;
  bool untested = false;
};

using CasesByRule = std::multimap<Rule, std::string>;

CasesByRule cases_by_rule() {
  CasesByRule cases;
  for (const Case& one : all_cases()) {
    for (const Rule rule : one.checks) cases.emplace(rule, one.id());
  }
  return cases;
}

void print_one(const Requirement& requirement, const CasesByRule& cases) {
  std::cout << fmt::format("{}  {}  ({}, {}{})\n    {}\n", requirement.id,
                           to_string(requirement.level), to_string(requirement.role),
                           to_string(requirement.evidence),
                           requirement.security ? ", security" : "", requirement.text);
  const auto [first, last] = cases.equal_range(requirement.rule);
  for (auto found = first; found != last; ++found)
    std::cout << "    checked by " << found->second << "\n";
  if (first == last)
    std::cout << fmt::format("    {}: {}\n", to_string(requirement.triage), requirement.note);
}

int list(const RequirementsOptions& options) {
  const CasesByRule cases = cases_by_rule();
  std::map<std::string, std::pair<std::size_t, std::size_t>> by_layer;  // all, and with a case
  std::size_t shown = 0;
  for (const Requirement& requirement : requirements()) {
    auto& [all, tested] = by_layer[std::string(requirement.layer)];
    ++all;
    if (cases.contains(requirement.rule)) ++tested;
    const bool wanted = (options.layer.empty() || requirement.layer == options.layer) &&
                        (options.id.empty() || requirement.id == options.id) &&
                        (!options.untested || !cases.contains(requirement.rule));
    if (!wanted || options.summary) continue;
    print_one(requirement, cases);
    ++shown;
  }
  if (options.summary) {
    for (const auto& [layer, counts] : by_layer) {
      std::cout << fmt::format("{:<12} {:>4} requirements, {:>4} with a case\n", layer,
                               counts.first, counts.second);
    }
    std::cout << fmt::format("{:<12} {:>4} requirements\n", "all", requirements().size());
    return 0;
  }
  if (shown == 0) {
    std::cerr << "doublecheck requirements: nothing matches\n";
    return 2;
  }
  return 0;
}

}  // namespace

Command add_requirements(CLI::App& app) {
  auto options = std::make_shared<RequirementsOptions>();
  CLI::App* command =
      app.add_subcommand("requirements", "List the requirements and the cases that check them");
  command->add_option("id", options->id, "Only this one, for example KEEP-02");
  command->add_option("--layer", options->layer, "Only those of one layer, for example noise");
  command->add_flag("--untested", options->untested, "Only those that no case checks");
  command->add_flag("--summary", options->summary, "Only numbers");
  return [options] { return list(*options); };
}

}  // namespace doublecheck::harness
