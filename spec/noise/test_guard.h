#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "spec/base/guard.h"

// For tests: writes down what guards decide, and overrules them where told to.
namespace doublecheck {

class TestGuard final : public GuardObserver {
 public:
  bool decide(Rule rule, bool holds) override {
    const auto forced = forced_.find(rule);
    exercised_.push_back(rule);
    if (!holds) violated_.push_back(rule);
    return forced == forced_.end() ? holds : forced->second;
  }

  void force(Rule rule, bool outcome) { forced_[rule] = outcome; }

  // Every rule that was found not to hold, in order.
  const std::vector<Rule>& violated() const { return violated_; }
  bool exercised(Rule rule) const {
    return std::ranges::find(exercised_, rule) != exercised_.end();
  }

  Guard guard() { return Guard(*this); }

 private:
  std::map<Rule, bool> forced_;
  std::vector<Rule> exercised_;
  std::vector<Rule> violated_;
};

}  // namespace doublecheck
