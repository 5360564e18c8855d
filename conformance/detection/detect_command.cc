#include "conformance/detection/detect_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/detection/detection.h"
#include "conformance/detection/explanations.h"
#include "conformance/detection/mutant.h"
#include "conformance/deviations/deviation.h"
#include "harness/driver/fork_pool.h"
#include "harness/suite/filter.h"

namespace doublecheck::deviations {
namespace {

struct DetectOptions {
  std::string filter = "*";
  std::string cases = "*";
  std::string only = "all";
  bool list = false;
  bool verbose = false;
  std::size_t jobs = 1;
  std::string output;
};

// Everything that may be judged, deviations first.
struct Violations {
  std::vector<Deviation> deviations;
  std::vector<Mutant> mutants;

  std::size_t size() const { return deviations.size() + mutants.size(); }
  std::string name(std::size_t number) const {
    return number < deviations.size() ? std::string(deviations[number].name)
                                      : mutants[number - deviations.size()].name();
  }
  Detection judge(std::size_t number) const {
    return number < deviations.size() ? deviations::judge(deviations[number])
                                      : deviations::judge(mutants[number - deviations.size()]);
  }
};

Violations selected(const DetectOptions& options) {
  Violations violations;
  if (options.only != "mutants") violations.deviations = deviations();
  if (options.only != "deviations") {
    std::cerr << "looking on while the cases run on the reference …\n";
    violations.mutants = enumerate_mutants(options.cases);
  }
  const auto unwanted = [&](const auto& name) {
    return !harness::matches_filter(name, options.filter);
  };
  std::erase_if(violations.deviations, [&](const Deviation& one) { return unwanted(one.name); });
  std::erase_if(violations.mutants, [&](const Mutant& one) { return unwanted(one.name()); });
  return violations;
}

bool is_kill(const Detection& detection) {
  return detection.fate == Fate::kKilled || detection.fate == Fate::kKilledByOther;
}

std::string describe(const Detection& detection) {
  std::string text = fmt::format("{:<18} {}", to_string(detection.fate), detection.name);
  if (!detection.by.empty()) text += "\n    by " + detection.by;
  if (!detection.message.empty()) text += "\n    " + detection.message;
  return text;
}

std::vector<Detection> judge_all(const Violations& violations, const DetectOptions& options) {
  std::vector<Detection> detections(violations.size());
  std::size_t done = 0;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  harness::run_forked(
      {.count = violations.size(), .jobs = options.jobs},
      [&](std::uint64_t number) { return write_detection(violations.judge(number)); },
      [&](std::uint64_t number, const Result<std::string>& line) {
        auto detection = line ? read_detection(*line) : std::nullopt;
        if (!detection) {
          detection = Detection{.name = violations.name(number),
                                .layer = "crashed",
                                .fate = Fate::kCrashed,
                                .by = {},
                                .message = line ? "no result" : line.error().why};
        }
        detections[number] = std::move(*detection);
        ++done;
        if (terminal) std::cerr << fmt::format("\r{} of {}", done, violations.size());
      });
  if (terminal) std::cerr << "\r\x1b[K";
  return detections;
}

// ---- What is printed

using Tally = std::map<Fate, std::size_t>;

void print_tally(const std::string& title, const std::map<std::string, Tally>& rows) {
  std::cout << fmt::format("\n{:<24} {:>7} {:>9} {:>9} {:>10} {:>8}\n", title, "killed", "by other",
                           "survived", "unreached", "crashed");
  Tally total;
  const auto print = [](const std::string& name, Tally row) {
    std::cout << fmt::format("{:<24} {:>7} {:>9} {:>9} {:>10} {:>8}\n", name, row[Fate::kKilled],
                             row[Fate::kKilledByOther], row[Fate::kSurvived], row[Fate::kUnreached],
                             row[Fate::kCrashed]);
  };
  for (const auto& [name, row] : rows) {
    print(name, row);
    for (const auto& [fate, count] : row) total[fate] += count;
  }
  print("all", total);
}

void print_tallies(const std::vector<Detection>& detections, std::size_t deviation_count) {
  std::map<std::string, Tally> by_hand;
  std::map<std::string, Tally> by_machine;
  for (std::size_t i = 0; i < detections.size(); ++i) {
    const Detection& one = detections[i];
    const std::string role = one.name.substr(0, one.name.find('/'));
    ++(i < deviation_count ? by_hand : by_machine)[role + " " + one.layer][one.fate];
  }
  if (!by_hand.empty()) print_tally("deviations", by_hand);
  if (!by_machine.empty()) print_tally("mutants", by_machine);
}

// Patterns that explain nothing any more: what they name is killed, or gone.
std::size_t print_stale(const std::vector<Detection>& detections) {
  std::size_t stale = 0;
  for (const Explanation& one : explanations()) {
    for (const auto part : std::views::split(one.mutants, ':')) {
      const std::string_view pattern(part.begin(), part.end());
      const auto needs_it = [&](const Detection& detection) {
        return !is_kill(detection) && harness::matches_filter(detection.name, pattern);
      };
      if (std::ranges::any_of(detections, needs_it)) continue;
      std::cout << "STALE explanation: " << pattern << "\n";
      ++stale;
    }
  }
  return stale;
}

// Of what is a violation that can be seen, how much was.
void print_summary(std::size_t judged, const std::map<Survival, std::size_t>& explained,
                   std::size_t unexplained) {
  std::size_t survived = unexplained;
  std::size_t holes = unexplained;
  std::cout << fmt::format("\nnot killed: {} unexplained", unexplained);
  for (const auto& [survival, count] : explained) {
    std::cout << fmt::format(", {} {}", count, to_string(survival));
    survived += count;
    if (survival == Survival::kHole) holes += count;
  }
  const std::size_t killed = judged - survived;
  const auto percent = [&](std::size_t of) {
    return of == 0 ? 0.0 : 100.0 * static_cast<double>(killed) / static_cast<double>(of);
  };
  std::cout << fmt::format(
      "\nkilled: {} of {}, {:.1f} %; of those that somebody could notice {:.1f} %\n", killed,
      judged, percent(judged), percent(killed + holes));
}

int detect(const DetectOptions& options) {
  const Violations violations = selected(options);
  if (violations.size() == 0) {
    std::cerr << "doublecheck detect: nothing matches " << options.filter << "\n";
    return 2;
  }
  if (options.list) {
    for (std::size_t i = 0; i < violations.size(); ++i) std::cout << violations.name(i) << "\n";
    return 0;
  }
  std::ofstream output;
  if (!options.output.empty()) {
    output.open(options.output);
    if (!output) {
      std::cerr << "doublecheck detect: cannot write " << options.output << "\n";
      return 2;
    }
  }
  const std::vector<Detection> detections = judge_all(violations, options);
  std::size_t unexplained = 0;
  std::map<Survival, std::size_t> explained;
  for (const Detection& detection : detections) {
    if (output) output << write_detection(detection) << "\n";
    if (is_kill(detection)) {
      if (options.verbose) std::cout << describe(detection) << "\n";
      continue;
    }
    if (const Explanation* one = explanation_of(detection.name)) {
      ++explained[one->survival];
      if (options.verbose)
        std::cout << fmt::format("{}\n    {}: {}\n", describe(detection), to_string(one->survival),
                                 one->why);
      continue;
    }
    ++unexplained;
    std::cout << describe(detection) << "\n";
  }
  const bool everything = options.filter == "*" && options.cases == "*" && options.only == "all";
  const std::size_t stale = everything ? print_stale(detections) : 0;
  print_tallies(detections, violations.deviations.size());
  print_summary(detections.size(), explained, unexplained);
  return unexplained == 0 && stale == 0 ? 0 : 1;
}

}  // namespace

harness::Command add_detect(CLI::App& app) {
  auto options = std::make_shared<DetectOptions>();
  options->jobs = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  CLI::App* command = app.add_subcommand(
      "detect",
      "Measure the suite: run it on deliberate violations of the protocol, those written by hand "
      "and those enumerated by machine, and list what it does not notice. Exits with 0 when all "
      "that is not noticed is explained.");
  command
      ->add_option("--filter", options->filter,
                   "Only violations whose name matches, for example 'server/guard/*'; ':' "
                   "separates patterns")
      ->capture_default_str();
  command
      ->add_option("--cases", options->cases,
                   "Enumerate violations from these cases alone, and run no others on them")
      ->capture_default_str();
  command->add_option("--only", options->only, "Which: all, deviations, or mutants")
      ->check(CLI::IsMember({"all", "deviations", "mutants"}))
      ->capture_default_str();
  command->add_flag("--list", options->list, "List the violations instead of judging them");
  command->add_flag("-v,--verbose", options->verbose,
                    "Also print what was noticed, by which case, and what is explained");
  command->add_option("--jobs", options->jobs, "Violations at the same time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--output", options->output,
                      "Write every result to this file, a JSON object a line");
  return [options] { return detect(*options); };
}

}  // namespace doublecheck::deviations
