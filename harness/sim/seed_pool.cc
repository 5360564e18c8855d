#include "harness/sim/seed_pool.h"

#include <nlohmann/json.hpp>

#include "harness/driver/fork_pool.h"

namespace doublecheck::harness::sim {

std::string write_outcome(const Outcome& outcome) {
  nlohmann::json failures = nlohmann::json::array();
  for (const Failure& failure : outcome.failures) {
    failures.push_back({{"safety", failure.kind == FailureKind::kSafety}, {"what", failure.what}});
  }
  return nlohmann::json{{"failures", std::move(failures)},
                        {"faults", outcome.faults},
                        {"events", outcome.events},
                        {"messages", outcome.messages},
                        {"group_messages", outcome.group_messages},
                        {"microseconds", outcome.virtual_time.count()},
                        {"digest", outcome.trace_digest}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Outcome> read_outcome(const std::string& line) {
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
    return outcome;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void run_seeds(const SeedPoolOptions& options, const SeedRunner& run,
               const SeedFinished& finished) {
  run_forked(
      {.first = options.first_seed,
       .count = options.seeds,
       .time_limit = options.time_limit,
       .jobs = options.jobs,
       .job_limit = options.world_limit},
      [&](std::uint64_t seed) { return write_outcome(run(seed)); },
      [&](std::uint64_t seed, const Result<std::string>& line) {
        auto outcome = line ? read_outcome(*line) : std::nullopt;
        if (!outcome) {
          const std::string how = line ? "gave no outcome" : line.error().why;
          outcome.emplace().failures.push_back(
              {FailureKind::kSafety, "the process that ran the world " + how});
        }
        finished(seed, *outcome);
      });
}

}  // namespace doublecheck::harness::sim
