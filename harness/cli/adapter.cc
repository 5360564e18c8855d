#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "harness/cli/commands.h"
#include "harness/iut/network_namespace.h"
#include "harness/suite/adapter_check.h"

// `doublecheck adapter check`: whether an adapter keeps to its contract.
namespace doublecheck::harness {
namespace {

struct CheckOptions {
  std::string command;
  double time_scale = 1.0;
};

int check(const CheckOptions& options) {
  if (const auto entered = enter_loopback_namespace(); !entered) {
    std::cerr << "doublecheck adapter check: it runs without a network of its own: "
              << entered.error().to_string() << "\n";
  }
  int held = 0;
  int broken = 0;
  int not_offered = 0;
  check_adapter(options.command, options.time_scale, [&](const AdapterStep& step) {
    const char* mark = "✓";
    if (step.outcome == StepOutcome::kBroken) mark = "✗";
    if (step.outcome == StepOutcome::kNotOffered) mark = "–";
    ++(step.outcome == StepOutcome::kHeld     ? held
       : step.outcome == StepOutcome::kBroken ? broken
                                              : not_offered);
    std::cout << fmt::format("{} {}\n", mark, step.rule);
    if (!step.detail.empty() && step.outcome != StepOutcome::kHeld)
      std::cout << fmt::format("    {}\n", step.detail);
    std::cout << std::flush;
  });
  std::cout << fmt::format("\n{} held, {} broken, {} not offered\n", held, broken, not_offered);
  return broken == 0 ? 0 : 1;
}

}  // namespace

Command add_adapter(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* adapter = app.add_subcommand("adapter", "For those who write an adapter.");
  adapter->require_subcommand(1);
  CLI::App* command = adapter->add_subcommand(
      "check", "Whether an adapter keeps to its contract, harness/iut/README.md, rule by rule.");
  command->add_option("command", options->command, "The command that starts the adapter")
      ->required();
  command
      ->add_option("--time-scale", options->time_scale,
                   "Multiply every deadline by this, for slow implementations")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return [options] { return check(*options); };
}

}  // namespace doublecheck::harness
