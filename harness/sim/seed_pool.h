#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "harness/sim/world.h"

// Runs worlds of many seeds in worker processes. A world that crashes its process or never ends is
// a finding of its seed, and the run goes on.
namespace doublecheck::harness::sim {

struct SeedPoolOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 100;
  // No world is begun after this real time; no limit by default.
  std::optional<std::chrono::seconds> time_limit = {};
  std::size_t jobs = 1;
  // Real time that one world may take; beyond it its process is killed.
  std::chrono::seconds world_limit{120};
};

// Called for every world that has ended, in no particular order. A crash or a hang is a safety
// failure.
using SeedFinished = std::function<void(std::uint64_t seed, const Outcome& outcome)>;

// What runs in a worker: `run_world`, unless a test has something else in mind.
using SeedRunner = std::function<Outcome(std::uint64_t seed)>;

// Throws std::runtime_error when no process can be started. Call it while this process has one
// thread.
void run_seeds(const SeedPoolOptions& options, const SeedRunner& run, const SeedFinished& finished);

// One outcome as one line, and back; nothing for a line that is not one.
std::string write_outcome(const Outcome& outcome);
std::optional<Outcome> read_outcome(const std::string& line);

}  // namespace doublecheck::harness::sim
