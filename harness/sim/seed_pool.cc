#include "harness/sim/seed_pool.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "harness/driver/child_process.h"

namespace doublecheck::harness::sim {
namespace {

using Clock = std::chrono::steady_clock;

// In a worker, which has nothing more to do when nobody listens.
void tell(int descriptor, const std::string& line) {
  if (!write_all(descriptor, line + "\n")) ::_exit(1);
}

// A process that runs every `step`th seed from `next` on. Its lines are "begin SEED" and outcomes.
class Worker {
 public:
  Worker(std::uint64_t next, std::uint64_t end, std::uint64_t step,
         std::optional<Clock::time_point> until, const SeedRunner& run)
      : next_(next) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe for a worker");
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process for a worker");
    if (process_ == 0) {
      ::close(ends[0]);
      for (std::uint64_t seed = next; seed < end; seed += step) {
        if (until && Clock::now() >= *until) break;
        tell(ends[1], "begin " + std::to_string(seed));
        tell(ends[1], write_outcome(seed, run(seed)));
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

  void begun(std::uint64_t seed, Clock::time_point deadline) {
    seed_ = seed;
    next_ = seed;
    deadline_ = deadline;
  }
  void ended() { seed_.reset(); }
  const std::optional<std::uint64_t>& seed() const { return seed_; }  // that it is running
  std::uint64_t next() const { return next_; }                        // the last one that it began
  Clock::time_point deadline() const { return deadline_; }

 private:
  pid_t process_ = -1;
  int output_ = -1;
  std::string buffer_;
  std::optional<std::uint64_t> seed_;
  std::uint64_t next_;
  Clock::time_point deadline_ = Clock::time_point::max();
};

class Pool {
 public:
  Pool(const SeedPoolOptions& options, const SeedRunner& run, const SeedFinished& finished)
      : options_(options), run_(run), finished_(finished) {
    if (options.time_limit) until_ = Clock::now() + *options.time_limit;
  }

  void run() {
    for (std::size_t job = 0; job < options_.jobs; ++job) start(options_.first_seed + job);
    while (!workers_.empty()) {
      wait_for_output();
      stop_the_overdue();
    }
  }

 private:
  std::uint64_t end() const { return options_.first_seed + options_.seeds; }

  void start(std::uint64_t seed) {
    if (seed >= end() || (until_ && Clock::now() >= *until_)) return;
    workers_.push_back(std::make_unique<Worker>(seed, end(), options_.jobs, until_, run_));
  }

  void wait_for_output() {
    std::vector<pollfd> waiting;
    auto until = Clock::now() + options_.world_limit;
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
        worker.begun(std::stoull(line->substr(6)), Clock::now() + options_.world_limit);
      } else if (const auto outcome = read_outcome(*line)) {
        worker.ended();
        finished_(outcome->first, outcome->second);
      }
    }
    return more;
  }

  void stop_the_overdue() {
    for (std::size_t i = workers_.size(); i-- > 0;) {
      if (!workers_[i]->seed() || Clock::now() < workers_[i]->deadline()) continue;
      workers_[i]->stop();
      replace(i, "the world did not end within " + std::to_string(options_.world_limit.count()) +
                     " s of real time");
    }
  }

  // A worker has ended. If that was in the middle of a world, another goes on after it.
  void replace(std::size_t index, std::string why) {
    const std::unique_ptr<Worker> worker = std::move(workers_[index]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
    if (why.empty()) why = "the process that ran the world " + worker->wait();
    if (!worker->seed()) return;
    Outcome outcome;
    outcome.failures.push_back({FailureKind::kSafety, std::move(why)});
    finished_(*worker->seed(), outcome);
    start(*worker->seed() + options_.jobs);
  }

  const SeedPoolOptions& options_;
  const SeedRunner& run_;
  const SeedFinished& finished_;
  std::optional<Clock::time_point> until_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace

std::string write_outcome(std::uint64_t seed, const Outcome& outcome) {
  nlohmann::json failures = nlohmann::json::array();
  for (const Failure& failure : outcome.failures) {
    failures.push_back({{"safety", failure.kind == FailureKind::kSafety}, {"what", failure.what}});
  }
  return nlohmann::json{{"seed", seed},
                        {"failures", std::move(failures)},
                        {"faults", outcome.faults},
                        {"events", outcome.events},
                        {"messages", outcome.messages},
                        {"group_messages", outcome.group_messages},
                        {"microseconds", outcome.virtual_time.count()},
                        {"digest", outcome.trace_digest}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::pair<std::uint64_t, Outcome>> read_outcome(const std::string& line) {
  try {
    const nlohmann::json json = nlohmann::json::parse(line);
    Outcome outcome;
    for (const nlohmann::json& failure : json.at("failures")) {
      outcome.failures.push_back(
          {failure.at("safety").get<bool>() ? FailureKind::kSafety : FailureKind::kLiveness,
           failure.at("what").get<std::string>()});
    }
    outcome.faults = json.at("faults").get<FaultCounts>();
    outcome.events = json.at("events").get<std::uint64_t>();
    outcome.messages = json.at("messages").get<std::uint64_t>();
    outcome.group_messages = json.at("group_messages").get<std::uint64_t>();
    outcome.virtual_time = Duration(json.at("microseconds").get<Duration::rep>());
    outcome.trace_digest = json.at("digest").get<std::string>();
    return std::pair{json.at("seed").get<std::uint64_t>(), std::move(outcome)};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void run_seeds(const SeedPoolOptions& options, const SeedRunner& run,
               const SeedFinished& finished) {
  Pool(options, run, finished).run();
}

}  // namespace doublecheck::harness::sim
