#include "harness/sim/fault.h"

#include <algorithm>

namespace doublecheck::harness::sim {
namespace {

struct FaultKind {
  std::string_view name;
  std::uint64_t typical_chance;  // in millionths
};

// In the order of Fault. What has an opportunity at every piece of bytes or every step is rare.
constexpr FaultKind kKinds[] = {
    {"refused", 200'000},     {"unanswered", 100'000},     {"cut", 400'000},
    {"broken", 300'000},      {"client unaware", 300'000}, {"server unaware", 300'000},
    {"stalled", 10'000},      {"split", 200'000},          {"coalesced", 200'000},
    {"corrupted", 2'000},     {"stream error", 60'000},    {"server close", 40'000},
    {"server reset", 40'000}, {"key rotation", 20'000},    {"resumption refused", 40'000},
    {"clock jump", 20'000},   {"server stopped", 20'000},  {"power cut", 20'000},
    {"crash", 40'000},        {"crash mid-step", 4'000},   {"offline", 40'000},
};
static_assert(std::size(kKinds) == kFaultKinds);

}  // namespace

std::string_view name(Fault fault) { return kKinds[static_cast<std::size_t>(fault)].name; }

FaultPlan FaultPlan::draw(RandomSource& random) {
  FaultPlan plan;
  for (std::size_t i = 0; i < kFaultKinds; ++i) {
    const bool present = random.below(2) == 0;
    const std::uint64_t intensity = random.below(5);  // a quarter of what is typical, to four times
    if (present) plan.chances[i] = std::min(kCertain, (kKinds[i].typical_chance << intensity) / 4);
  }
  return plan;
}

bool FaultInjector::strikes(Fault fault, RandomSource& random) {
  const std::uint64_t chance = plan_.chance(fault);
  if (!enabled_ || chance == 0 || random.below(FaultPlan::kCertain) >= chance) return false;
  ++counts_[static_cast<std::size_t>(fault)];
  return true;
}

}  // namespace doublecheck::harness::sim
