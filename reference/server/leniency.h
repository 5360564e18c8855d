#pragma once

#include <set>
#include <string>

#include "spec/base/guard.h"

// What a lenient server puts up with: faults of clients that the real service is known to refuse,
// and that common stand-ins for it accept.
namespace doublecheck::server {

// Whether a violation of this rule is accepted by a lenient server.
bool is_waived(Rule rule);

// A guard that waives those rules while it is lenient, and remembers which. Another observer, if
// there is one, decides first.
class Leniency final : public GuardObserver {
 public:
  explicit Leniency(GuardObserver* first) : first_(first) {}

  void set_lenient(bool lenient) { lenient_ = lenient; }
  // Whether there is anything to observe.
  bool observes() const { return lenient_ || first_ != nullptr; }

  bool decide(Rule rule, bool holds) override;

  // The violations since it was last asked, for the log: the ids of the requirements.
  std::set<std::string> take_waived();

 private:
  GuardObserver* first_;
  bool lenient_ = false;
  std::set<std::string> waived_;
};

}  // namespace doublecheck::server
