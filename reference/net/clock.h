#pragma once

#include <chrono>

#include "spec/base/time.h"

// Where hosts get the time from that they pass to the cores.
namespace doublecheck::net {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
};

// The clocks of the machine.
class SystemClock final : public Clock {
 public:
  Now now() const override {
    using std::chrono::duration_cast;
    return {
        .steady = {duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())},
        .wall = {duration_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now().time_since_epoch())}};
  }
};

// The clocks of the machine, moved forward. Whoever sleeps by it has to be told.
class MovableClock final : public Clock {
 public:
  Now now() const override {
    Now now = SystemClock().now();
    now.steady.since_start += moved_;
    now.wall.since_epoch += std::chrono::duration_cast<std::chrono::milliseconds>(moved_);
    return now;
  }
  void advance(Duration by) { moved_ += by; }

 private:
  Duration moved_{};
};

}  // namespace doublecheck::net
