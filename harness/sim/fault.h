#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/base/random.h"

// What can go wrong in a simulated world, how likely it is in this one, and how often it did.
namespace doublecheck::harness::sim {

enum class Fault : std::size_t {
  // Of the network, when a connection is made.
  kRefused,     // nobody listens
  kUnanswered,  // neither yes nor no
  // Of a connection that there is.
  kCut,            // it breaks after some byte, in the middle of whatever is said
  kBroken,         // it breaks after some time
  kClientUnaware,  // the client does not notice, or much later
  kServerUnaware,  // the server does not notice, or much later
  kStalled,        // a piece and all that follow take seconds or minutes
  kSplit,          // one piece arrives as several
  kCoalesced,      // several pieces arrive as one
  kCorrupted,      // one bit arrives changed
  // Of the server, on purpose.
  kStreamError,        // it throws a device out with an error
  kServerClose,        // it closes a device's connection
  kServerReset,        // it resets it
  kKeyRotation,        // it has another Noise key, and forgets the old one
  kResumptionRefused,  // it does not take Noise IK, or does again
  kClockJump,          // its clocks jump ahead
  // Of the server's machine.
  kServerStopped,  // its process ends, and starts again from its store
  kPowerCut,       // the same, without what its disk was not sure of
  // Of a device.
  kCrash,         // it stops between two steps, and comes back as what was persisted
  kCrashMidStep,  // it stops before all effects of a step are carried out
  kOffline,       // its user disconnects, and connects later
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(Fault::kOffline) + 1;

std::string_view name(Fault fault);  // "client unaware"

using FaultCounts = std::array<std::uint64_t, kFaultKinds>;

// How likely each fault is whenever it could strike, in millionths. Drawn for each world: of a
// half of the kinds nothing, and the others rare or frequent, so that some worlds see a few kinds
// that never meet in an average one.
struct FaultPlan {
  static constexpr std::uint64_t kCertain = 1'000'000;

  std::array<std::uint64_t, kFaultKinds> chances{};

  static FaultPlan draw(RandomSource& random);

  std::uint64_t& chance(Fault fault) { return chances[static_cast<std::size_t>(fault)]; }
  std::uint64_t chance(Fault fault) const { return chances[static_cast<std::size_t>(fault)]; }
};

// Decides at every opportunity whether a fault strikes. Who asks draws from a stream of its own, so
// that what happens in one place does not change what happens in another.
class FaultInjector {
 public:
  explicit FaultInjector(const FaultPlan& plan) : plan_(plan) {}

  // Whether faults happen at all at present.
  void enable(bool enabled) { enabled_ = enabled; }

  // Whether this fault strikes. Counted if so.
  bool strikes(Fault fault, RandomSource& random);

  const FaultPlan& plan() const { return plan_; }
  const FaultCounts& counts() const { return counts_; }

 private:
  FaultPlan plan_;
  bool enabled_ = false;
  FaultCounts counts_{};
};

}  // namespace doublecheck::harness::sim
