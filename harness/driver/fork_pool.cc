#include "harness/driver/fork_pool.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "harness/driver/child_process.h"

namespace doublecheck::harness {
namespace {

using Clock = std::chrono::steady_clock;

// In a worker, which has nothing more to do when nobody listens.
void tell(int descriptor, const std::string& line) {
  if (!write_all(descriptor, line + "\n")) ::_exit(1);
}

// A process that runs every `step`th job from `next` on. Its lines are "begin NUMBER" and "end
// RESULT".
class Worker {
 public:
  Worker(std::uint64_t next, std::uint64_t end, std::uint64_t step,
         std::optional<Clock::time_point> until, const ForkedJob& run) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe for a worker");
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process for a worker");
    if (process_ == 0) {
      ::close(ends[0]);
      for (std::uint64_t number = next; number < end; number += step) {
        if (until && Clock::now() >= *until) break;
        tell(ends[1], "begin " + std::to_string(number));
        tell(ends[1], "end " + run(number));
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  ~Worker() {
    ::close(output_);
    if (process_ > 0) stop();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  int output() const { return output_; }

  // False at the end of its output.
  bool read() {
    std::array<char, 65536> chunk;
    const ssize_t size = ::read(output_, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(size));
    return true;
  }
  std::optional<std::string> take_line() {
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

  // How it ended, for a process that has ended or is about to.
  std::string wait() {
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return describe_exit(status);
  }
  void stop() {
    ::kill(process_, SIGKILL);
    wait();
  }

  void begun(std::uint64_t number, Clock::time_point deadline) {
    running_ = number;
    deadline_ = deadline;
  }
  void ended() { running_.reset(); }
  const std::optional<std::uint64_t>& running() const { return running_; }
  Clock::time_point deadline() const { return deadline_; }

 private:
  pid_t process_ = -1;
  int output_ = -1;
  std::string buffer_;
  std::optional<std::uint64_t> running_;
  Clock::time_point deadline_ = Clock::time_point::max();
};

class Pool {
 public:
  Pool(const ForkPoolOptions& options, const ForkedJob& run, const ForkedJobFinished& finished)
      : options_(options), run_(run), finished_(finished) {
    if (options.time_limit) until_ = Clock::now() + *options.time_limit;
  }

  void run() {
    for (std::size_t job = 0; job < options_.jobs; ++job) start(options_.first + job);
    while (!workers_.empty()) {
      wait_for_output();
      stop_the_overdue();
    }
  }

 private:
  std::uint64_t end() const { return options_.first + options_.count; }

  void start(std::uint64_t number) {
    if (number >= end() || (until_ && Clock::now() >= *until_)) return;
    workers_.push_back(std::make_unique<Worker>(number, end(), options_.jobs, until_, run_));
  }

  void wait_for_output() {
    std::vector<pollfd> waiting;
    auto until = Clock::now() + options_.job_limit;
    for (const auto& worker : workers_) {
      waiting.push_back({.fd = worker->output(), .events = POLLIN, .revents = 0});
      until = std::min(until, worker->deadline());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    ::poll(waiting.data(), waiting.size(),
           static_cast<int>(std::max<std::int64_t>(0, left.count())));
    for (std::size_t i = waiting.size(); i-- > 0;) {
      if (waiting[i].revents != 0 && !take_output(*workers_[i])) replace(i, {});
    }
  }

  bool take_output(Worker& worker) {
    const bool more = worker.read();
    while (const auto line = worker.take_line()) {
      if (line->starts_with("begin ")) {
        worker.begun(std::stoull(line->substr(6)), Clock::now() + options_.job_limit);
      } else if (line->starts_with("end ") && worker.running()) {
        const std::uint64_t number = *worker.running();
        worker.ended();
        finished_(number, line->substr(4));
      }
    }
    return more;
  }

  void stop_the_overdue() {
    for (std::size_t i = workers_.size(); i-- > 0;) {
      if (!workers_[i]->running() || Clock::now() < workers_[i]->deadline()) continue;
      workers_[i]->stop();
      replace(i, "did not end within " + std::to_string(options_.job_limit.count()) +
                     " s of real time");
    }
  }

  // A worker has ended. If that was in the middle of a job, another goes on after it.
  void replace(std::size_t index, std::string why) {
    const std::unique_ptr<Worker> worker = std::move(workers_[index]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
    if (why.empty()) why = worker->wait();
    if (!worker->running()) return;
    finished_(*worker->running(), fail("process", std::move(why)));
    start(*worker->running() + options_.jobs);
  }

  const ForkPoolOptions& options_;
  const ForkedJob& run_;
  const ForkedJobFinished& finished_;
  std::optional<Clock::time_point> until_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

void run_forked(const ForkPoolOptions& options, const ForkedJob& run,
                const ForkedJobFinished& finished) {
  Pool(options, run, finished).run();
}

}  // namespace doublecheck::harness
