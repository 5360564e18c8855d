#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "harness/driver/virtual_driver.h"

namespace doublecheck::harness::sim {

// Events of one world in this number at most: a world that needs more is running in a circle, which
// is a finding.
inline constexpr std::uint64_t kMaxEvents = 1'000'000;

// Virtual time, and a count of what happened in it.
class EventLoop {
 public:
  explicit EventLoop(UnixTime start, std::uint64_t max_events = kMaxEvents)
      : driver_(start), max_events_(max_events) {}

  Now now() const { return driver_.now(); }

  void at(Instant when, std::function<void()> action) {
    driver_.at(when, [this, action = std::move(action)] {
      if (exhausted()) return;
      ++events_;
      action();
    });
  }
  void after(Duration delay, std::function<void()> action) {
    at(now().steady + delay, std::move(action));
  }

  bool run_until(const std::function<bool()>& done, Duration limit) {
    return driver_.run_until([&] { return exhausted() || done(); }, limit) && !exhausted();
  }
  void pass(Duration duration) {
    run_until([] { return false; }, duration);
  }

  std::uint64_t events() const { return events_; }
  // kMaxEvents have happened, and nothing happens any more.
  bool exhausted() const { return events_ >= max_events_; }

 private:
  VirtualDriver driver_;
  std::uint64_t max_events_;
  std::uint64_t events_ = 0;
};

}  // namespace doublecheck::harness::sim
