#include "harness/cli/worker_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "harness/driver/child_process.h"
#include "harness/report/report_json.h"

namespace doublecheck::harness {
namespace {

using Clock = std::chrono::steady_clock;
using report::CaseResult;
using report::Verdict;

constexpr int kResultDescriptor = 3;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  int get() const { return number_; }
  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

struct PipePair {
  Descriptor read;
  Descriptor write;
};

PipePair make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe for a worker");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// One worker process, in a process group of its own, so that what it started can be ended with it.
class Worker {
 public:
  explicit Worker(const std::vector<std::string>& command) {
    PipePair tasks = make_pipe();
    PipePair results = make_pipe();
    std::vector<char*> arguments;
    for (const std::string& argument : command)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process for a worker");
    if (process_ == 0) {
      ::setpgid(0, 0);
      ::dup2(tasks.read.get(), STDIN_FILENO);
      // dup2 of a descriptor onto itself would keep its close-on-exec flag.
      if (results.write.get() == kResultDescriptor) {
        ::fcntl(kResultDescriptor, F_SETFD, 0);
      } else {
        ::dup2(results.write.get(), kResultDescriptor);
      }
      ::execv("/proc/self/exe", arguments.data());
      ::_exit(127);
    }
    ::setpgid(process_, process_);
    tasks_ = std::move(tasks.write);
    results_ = std::move(results.read);
  }
  ~Worker() { end(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int results() const { return results_.get(); }
  bool give(const std::string& line) { return write_all(tasks_.get(), line); }

  void end() {
    if (process_ <= 0) return;
    tasks_.reset();
    ::kill(-process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  // As `end`, but lets a process that is exiting by itself do so first, for the status that it
  // gives.
  std::string wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    ::kill(-process_, SIGKILL);
    process_ = -1;
    return describe_exit(status);
  }

  std::string buffer;               // of an incomplete result
  std::optional<std::size_t> task;  // what it is doing
  Clock::time_point deadline;

 private:
  pid_t process_ = -1;
  Descriptor tasks_;
  Descriptor results_;
};

CaseResult failed(const Task& task, std::string message, std::string actual) {
  CaseResult result = task.described;
  result.verdict = Verdict::kFail;
  result.message = std::move(message);
  result.expected = "a verdict";
  result.actual = std::move(actual);
  return result;
}

class Pool {
 public:
  Pool(const WorkerPoolOptions& options, const std::vector<Task>& tasks,
       const std::function<void(const CaseResult&)>& progress)
      : options_(options), tasks_(tasks), progress_(progress), results_(tasks.size()) {}

  std::vector<CaseResult> run() {
    while (finished_ < tasks_.size()) {
      start_workers();
      wait_for_results();
      stop_the_overdue();
    }
    return std::move(results_);
  }

 private:
  void start_workers() {
    for (auto& worker : workers_) {
      if (next_ < tasks_.size() && !worker->task) assign(*worker);
    }
    while (workers_.size() < options_.jobs && next_ < tasks_.size()) {
      workers_.push_back(std::make_unique<Worker>(options_.command));
      assign(*workers_.back());
    }
  }

  void assign(Worker& worker) {
    const Task& task = tasks_[next_];
    worker.task = next_++;
    worker.deadline = Clock::now() + options_.case_limit;
    // A worker that does not take its task is seen to have ended when its results are read.
    worker.give(task.described.id + " " + std::to_string(task.repetition) + "\n");
  }

  void wait_for_results() {
    std::vector<pollfd> waiting;
    Clock::time_point until = Clock::now() + options_.case_limit;
    for (const auto& worker : workers_) {
      waiting.push_back({.fd = worker->results(), .events = POLLIN, .revents = 0});
      if (worker->task) until = std::min(until, worker->deadline);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::max<std::int64_t>(0, left.count())));
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents != 0 && !read_from(*workers_[i])) {
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  // False when the worker has ended.
  bool read_from(Worker& worker) {
    std::array<char, 65536> chunk;
    const ssize_t size = ::read(worker.results(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) {
      const std::string how = worker.wait();
      if (worker.task)
        finish(*worker.task,
               failed(tasks_[*worker.task], "the process that ran the case ended", how));
      return false;
    }
    worker.buffer.append(chunk.data(), static_cast<std::size_t>(size));
    const std::size_t end = worker.buffer.find('\n');
    if (end == std::string::npos)
      return worker.buffer.size() <= kMaxResultBytes || give_up(worker, "an endless result");
    auto result = report::case_from_json(std::string_view(worker.buffer).substr(0, end));
    if (!result) return give_up(worker, result.error().to_string());
    worker.buffer.erase(0, end + 1);
    const std::size_t task = *worker.task;
    worker.task.reset();
    finish(task, std::move(*result));
    return true;
  }

  bool give_up(Worker& worker, const std::string& what) {
    worker.end();
    if (worker.task)
      finish(*worker.task,
             failed(tasks_[*worker.task], "the result of the case is unreadable", what));
    return false;
  }

  void stop_the_overdue() {
    std::erase_if(workers_, [&](const std::unique_ptr<Worker>& worker) {
      if (!worker->task || Clock::now() < worker->deadline) return false;
      worker->end();
      finish(*worker->task,
             failed(tasks_[*worker->task], "the case hung",
                    "no verdict within " + std::to_string(options_.case_limit.count()) + " s"));
      return true;
    });
  }

  void finish(std::size_t task, CaseResult result) {
    progress_(result);
    results_[task] = std::move(result);
    ++finished_;
  }

  const WorkerPoolOptions& options_;
  const std::vector<Task>& tasks_;
  const std::function<void(const CaseResult&)>& progress_;
  std::vector<CaseResult> results_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t next_ = 0;
  std::size_t finished_ = 0;
};

}  // namespace

std::vector<CaseResult> run_in_workers(const WorkerPoolOptions& options,
                                       const std::vector<Task>& tasks,
                                       const std::function<void(const CaseResult&)>& progress) {
  // A worker that dies while it is given a task must not end this process.
  ::signal(SIGPIPE, SIG_IGN);
  return Pool(options, tasks, progress).run();
}

int serve_tasks(
    const std::function<CaseResult(const std::string& id, std::size_t repetition)>& run) {
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t space = line.rfind(' ');
    std::size_t repetition = 0;
    if (space == std::string::npos ||
        std::from_chars(line.data() + space + 1, line.data() + line.size(), repetition).ec !=
            std::errc{}) {
      return 2;
    }
    const CaseResult result = run(line.substr(0, space), repetition);
    if (!write_all(kResultDescriptor, report::case_to_json(result) + "\n")) return 1;
  }
  return 0;
}

}  // namespace doublecheck::harness
