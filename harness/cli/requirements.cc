#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "harness/catalogue/listing.h"
#include "harness/catalogue/selection.h"
#include "harness/cli/commands.h"
#include "harness/suite/case.h"

// `doublecheck requirements`: the catalogue, and which cases check what.
namespace doublecheck::harness {
namespace {

struct RequirementsOptions {
  Selection selection;
  std::string format = "text";
  bool summary = false;
};

int list(const RequirementsOptions& options) {
  const std::vector<Coverage> found =
      select(coverage_of(requirements(), all_cases()), options.selection);
  if (found.empty()) {
    std::cerr << "doublecheck requirements: nothing matches\n";
    return 2;
  }
  if (options.format == "json") {
    std::cout << (options.summary ? summary_json(found) : json_of(found));
  } else if (options.format == "markdown") {
    std::cout << (options.summary ? summary_markdown(found) : markdown_of(found));
  } else {
    std::cout << (options.summary ? summary_text(found) : text_of(found));
  }
  return 0;
}

}  // namespace

Command add_requirements(CLI::App& app) {
  auto options = std::make_shared<RequirementsOptions>();
  Selection& selection = options->selection;
  CLI::App* command =
      app.add_subcommand("requirements", "List the requirements and the cases that check them");
  const auto one_of = [](const std::vector<std::string>& names) {
    return CLI::IsMember(names, CLI::ignore_case);
  };
  command->add_option("id", selection.id, "Only this one, for example KEEP-02");
  command->add_option("--layer", selection.layer, "Only those of one layer, for example noise")
      ->transform(one_of(layer_names()));
  command->add_option("--role", selection.role, "Only those that bind it")
      ->transform(one_of(role_names()));
  command->add_option("--level", selection.level, "Only those of one level")
      ->transform(one_of(level_names()));
  command->add_option("--evidence", selection.evidence, "Only those that are known this well")
      ->transform(one_of(evidence_names()));
  command->add_option("--status", selection.status, "Only those about which the suite does this")
      ->transform(one_of(status_names()));
  command->add_flag("--security", selection.security, "Only those that concern security");
  command->add_option("--search", selection.search, "Only those that mention this text");
  command->add_flag("--summary", options->summary, "Only numbers, by layer, status and level");
  command->add_option("--format", options->format, "How they are printed")
      ->transform(one_of({"text", "json", "markdown"}))
      ->capture_default_str();
  return [options] { return list(*options); };
}

}  // namespace doublecheck::harness
