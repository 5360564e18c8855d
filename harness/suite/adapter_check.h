#pragma once

#include <functional>
#include <string>

// Whether an adapter keeps to its contract, harness/iut/README.md: what a case cannot tell apart
// from a fault of the library. For those who write one.
namespace doublecheck::harness {

enum class StepOutcome {
  kHeld,
  kBroken,
  kNotOffered,  // a capability that the adapter does not list
};

struct AdapterStep {
  std::string rule;  // a sentence of the contract
  StepOutcome outcome = StepOutcome::kHeld;
  std::string detail;  // what came instead, if it did not hold
};

// Runs the adapter that `command` starts, twice and with a second one to talk to, against the
// reference server on loopback. `on_step` is called for each rule in turn; after one without which
// nothing can be tried, the check ends. Whether nothing was broken.
bool check_adapter(const std::string& command, double time_scale,
                   const std::function<void(const AdapterStep&)>& on_step);

}  // namespace doublecheck::harness
