#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "spec/base/result.h"

// Runs numbered jobs in copies of this process. A job that crashes its process or never ends is
// known for that, and the others go on.
namespace doublecheck::harness {

struct ForkPoolOptions {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  // No job is begun after this real time; no limit by default.
  std::optional<std::chrono::seconds> time_limit = {};
  std::size_t jobs = 1;
  // Real time that one job may take; beyond it its process is killed.
  std::chrono::seconds job_limit{120};
};

// What runs in a copy. Its result is one line, without the end of it.
using ForkedJob = std::function<std::string(std::uint64_t number)>;

// Called for every job that has ended, in no particular order; without a result, the error says how
// its process ended: "exited with code 9", "did not end within 120 s of real time".
using ForkedJobFinished = std::function<void(std::uint64_t number, const Result<std::string>&)>;

// Throws std::runtime_error when no process can be started. Call it while this process has one
// thread.
void run_forked(const ForkPoolOptions& options, const ForkedJob& run,
                const ForkedJobFinished& finished);

}  // namespace doublecheck::harness
