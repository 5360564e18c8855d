#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "harness/cli/commands.h"
#include "harness/sim/seed_pool.h"
#include "harness/sim/timeline.h"
#include "harness/sim/world.h"

// `doublecheck simulate`: many worlds with a faulty network, judged by the delivery oracle.
namespace doublecheck::harness {
namespace {

using Clock = std::chrono::steady_clock;
using sim::FailureKind;
using sim::Outcome;

constexpr int kNothingFound = 0;
constexpr int kSafetyViolated = 1;
constexpr int kLivenessViolated = 3;

// More violations of one world are in its timeline.
constexpr std::size_t kViolationsShown = 3;

struct SimulateOptions {
  sim::SeedPoolOptions pool;
  std::optional<std::uint64_t> minutes;
  std::optional<std::uint64_t> replayed_seed;
};

double hours(Duration duration) {
  return std::chrono::duration<double, std::ratio<3600>>(duration).count();
}

int exit_code(bool safety, bool liveness) {
  if (safety) return kSafetyViolated;
  return liveness ? kLivenessViolated : kNothingFound;
}

std::string_view to_string(FailureKind kind) {
  return kind == FailureKind::kSafety ? "safety" : "liveness";
}

// The numbers of all worlds so far, and the line on the terminal that shows them.
class Totals {
 public:
  explicit Totals(std::uint64_t seeds) : seeds_(seeds) {}

  void add(std::uint64_t seed, const Outcome& outcome) {
    ++worlds_;
    events_ += outcome.events;
    messages_ += outcome.messages;
    group_messages_ += outcome.group_messages;
    virtual_time_ += outcome.virtual_time;
    for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
      faults_[i] += outcome.faults[i];
      if (outcome.faults[i] > 0) ++worlds_with_[i];
    }
    if (!outcome.failures.empty()) report(seed, outcome);
    show_progress();
  }

  void summary() {
    clear_line();
    std::cout << fmt::format(
        "{} worlds, {} of them failed; {:.1f} seeds/s, {:.1f} virtual hours, {} events, "
        "{} messages between users, {} in groups\n\n",
        worlds_, failed_, rate(), hours(virtual_time_), events_, messages_, group_messages_);
    std::cout << fmt::format("{:<20} {:>10} {:>10}\n", "fault", "fired", "worlds");
    for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
      std::cout << fmt::format("{:<20} {:>10} {:>10}\n", sim::name(static_cast<sim::Fault>(i)),
                               faults_[i], worlds_with_[i]);
    }
  }

  std::uint64_t worlds() const { return worlds_; }
  int code() const { return exit_code(safety_, liveness_); }

 private:
  void report(std::uint64_t seed, const Outcome& outcome) {
    clear_line();
    ++failed_;
    for (const sim::Failure& failure : outcome.failures) {
      safety_ = safety_ || failure.kind == FailureKind::kSafety;
      liveness_ = liveness_ || failure.kind == FailureKind::kLiveness;
    }
    const std::size_t shown = std::min(outcome.failures.size(), kViolationsShown);
    std::string what;
    for (std::size_t i = 0; i < shown; ++i) {
      if (i > 0) what += "; ";
      what += fmt::format("{}: {}", to_string(outcome.failures[i].kind), outcome.failures[i].what);
    }
    if (shown < outcome.failures.size())
      what += fmt::format("; and {} more", outcome.failures.size() - shown);
    std::cout << fmt::format("doublecheck simulate --seed {}  # {}\n", seed, what) << std::flush;
  }

  void show_progress() {
    if (!terminal_ || Clock::now() - shown_at_ < std::chrono::milliseconds(200)) return;
    shown_at_ = Clock::now();
    std::cout << fmt::format("\r{}/{} worlds  {:.1f} seeds/s  {:.1f} virtual hours  {} failed ",
                             worlds_, seeds_, rate(), hours(virtual_time_), failed_)
              << std::flush;
  }
  void clear_line() {
    if (terminal_) std::cout << "\r\x1b[K";
  }
  double rate() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    return seconds > 0 ? static_cast<double>(worlds_) / seconds : 0;
  }

  std::uint64_t seeds_;
  bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
  Clock::time_point started_ = Clock::now();
  Clock::time_point shown_at_;
  std::uint64_t worlds_ = 0;
  std::uint64_t failed_ = 0;
  bool safety_ = false;
  bool liveness_ = false;
  std::uint64_t events_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t group_messages_ = 0;
  Duration virtual_time_{0};
  sim::FaultCounts faults_{};
  sim::FaultCounts worlds_with_{};
};

int replay(std::uint64_t seed) {
  sim::Timeline timeline([](const std::string& line) { std::cout << line << "\n"; });
  const Outcome outcome = sim::run_world({.seed = seed, .recorder = &timeline});
  bool safety = false;
  bool liveness = false;
  for (const sim::Failure& failure : outcome.failures) {
    std::cout << fmt::format("{} violation: {}\n", to_string(failure.kind), failure.what);
    (failure.kind == FailureKind::kSafety ? safety : liveness) = true;
  }
  std::cout << fmt::format(
      "seed {}: {} violations, {:.2f} virtual hours, {} events, {} messages between users, "
      "{} in groups, trace {}\n",
      seed, outcome.failures.size(), hours(outcome.virtual_time), outcome.events, outcome.messages,
      outcome.group_messages, outcome.trace_digest);
  return exit_code(safety, liveness);
}

int simulate(SimulateOptions options) {
  if (options.replayed_seed) return replay(*options.replayed_seed);
  if (options.minutes) options.pool.time_limit = std::chrono::minutes(*options.minutes);
  Totals totals(options.pool.seeds);
  sim::run_seeds(
      options.pool, [](std::uint64_t seed) { return sim::run_world({.seed = seed}); },
      [&](std::uint64_t seed, const Outcome& outcome) { totals.add(seed, outcome); });
  totals.summary();
  return totals.code();
}

}  // namespace

Command add_simulate(CLI::App& app) {
  auto options = std::make_shared<SimulateOptions>();
  options->pool.jobs = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Run the reference server and clients in worlds with a faulty network, on virtual time, each "
      "from a seed.\nExit codes: 0 nothing found, 1 a safety violation, 2 wrong usage, 3 a liveness "
      "violation and no other.");
  CLI::Option* seeds =
      command->add_option("--seeds", options->pool.seeds, "Worlds to run, a seed each")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
          ->capture_default_str();
  command->add_option("--first-seed", options->pool.first_seed, "The first of these seeds")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 62))
      ->capture_default_str();
  command
      ->add_option("--minutes", options->minutes,
                   "Begin no world after so many minutes; without --seeds, run until then")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{60 * 24 * 365}));
  command->add_option("--jobs", options->pool.jobs, "Worlds at the same time")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1024}))
      ->capture_default_str();
  command
      ->add_option("--seed", options->replayed_seed,
                   "Replay the world of this seed, and show what happens in it")
      ->excludes(seeds)
      ->excludes("--first-seed")
      ->excludes("--minutes");
  return [options, seeds] {
    constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 40;
    if (options->minutes && seeds->count() == 0) options->pool.seeds = kUnlimited;
    return simulate(*options);
  };
}

}  // namespace doublecheck::harness
