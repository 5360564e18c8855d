#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/sim/disk.h"
#include "harness/sim/event_loop.h"
#include "harness/sim/fault.h"
#include "reference/server/tamper.h"
#include "spec/base/time.h"
#include "spec/trace/record.h"

// A world from a seed: the reference server, two users with a reference client or two each, and a
// faulty network between them. They pair, then they write to each other while things go wrong,
// then nothing goes wrong any more, and all that was promised must be kept within kSettleLimit.
// In a quarter of the worlds there are more users, and a group in which they come and go and write.
// The delivery oracle judges the whole trace.
namespace doublecheck::harness::sim {

// Virtual time in which everything must have settled after the last fault. Longer than the longest
// delay before a client connects again, and the longest time for which a device is down.
inline constexpr Duration kSettleLimit = std::chrono::minutes(40);

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint64_t max_events = kMaxEvents;
  // Who interferes with the server: nobody, unless a test wants the oracle to find something.
  server::Tamper* tamper = nullptr;
  // What the server keeps its records on; nothing: a disk in memory.
  Disk* disk = nullptr;
  // What goes wrong, and how often; nothing: as the seed has it.
  std::optional<FaultPlan> faults = {};
  // Who looks on.
  trace::Recorder* recorder = nullptr;
};

enum class FailureKind { kSafety, kLiveness };

struct Failure {
  FailureKind kind;
  std::string what;
};

struct Outcome {
  std::vector<Failure> failures;
  FaultCounts faults{};
  std::uint64_t events = 0;
  std::uint64_t messages = 0;        // submitted, to users
  std::uint64_t group_messages = 0;  // and to groups
  Duration virtual_time{0};
  std::string trace_digest;  // the same for every run of a seed
};

// Runs one world to its end.
Outcome run_world(const WorldOptions& options);

}  // namespace doublecheck::harness::sim
