#pragma once

#include "spec/requirements/rule.h"

// Every condition that the specification demands of a peer is written `guard.holds(Rule::…,
// condition)`, so that requirement, code, conformance case and coverage meet in one name.
//
// In production a guard is one branch. Under test an observer sees which rules were exercised and
// with what outcome, and may overrule the outcome: an implementation whose guard is forced open is
// a deliberate violation that a conformance case must catch.
namespace doublecheck {

class GuardObserver {
 public:
  virtual ~GuardObserver() = default;

  // The outcome to act on; an observer that does not interfere returns `holds`.
  virtual bool decide(Rule rule, bool holds) = 0;
};

class Guard {
 public:
  Guard() = default;
  explicit Guard(GuardObserver& observer) : observer_(&observer) {}

  bool holds(Rule rule, bool condition) const {
    return observer_ == nullptr ? condition : observer_->decide(rule, condition);
  }

 private:
  GuardObserver* observer_ = nullptr;
};

}  // namespace doublecheck
