#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "harness/report/result.h"

// Runs cases in worker processes: copies of this program that take case ids on standard input and
// give results on file descriptor 3. A case that crashes or hangs its worker gets that as its
// verdict, and the run goes on.
namespace doublecheck::harness {

struct WorkerPoolOptions {
  std::vector<std::string> command;  // program and arguments of one worker
  std::size_t jobs = 1;
  // Real time that one case may take. Beyond it the worker is killed, and with it everything it
  // started.
  std::chrono::seconds case_limit{120};
};

// One thing to run: a case, perhaps for the second or third time.
struct Task {
  report::CaseResult described;  // what is known before it runs
  std::size_t repetition = 0;
};

// The results, in the order of the tasks. `progress` is called after each.
std::vector<report::CaseResult> run_in_workers(
    const WorkerPoolOptions& options, const std::vector<Task>& tasks,
    const std::function<void(const report::CaseResult&)>& progress);

// The worker's side: reads case ids until the input ends, runs each, and writes its result.
int serve_tasks(
    const std::function<report::CaseResult(const std::string& id, std::size_t repetition)>& run);

// What one line from a worker may hold. A transcript is bounded well below it.
inline constexpr std::size_t kMaxResultBytes = std::size_t{64} * 1024 * 1024;

}  // namespace doublecheck::harness
