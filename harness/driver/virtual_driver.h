#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "harness/driver/driver.h"

// Virtual time: events happen in order of their time, and of their scheduling where times are
// equal, and the clock jumps from one to the next. Sixty seconds of waiting cost microseconds, and
// the same schedule gives the same run.
namespace doublecheck::harness {

// When virtual time starts: certificates, timestamps and expiry need some date, the same in every
// run. Unix seconds.
inline constexpr std::int64_t kVirtualEpoch = 1'750'000'000;

class VirtualDriver final : public Driver {
 public:
  explicit VirtualDriver(UnixTime start = UnixTime::from_seconds(kVirtualEpoch))
      : wall_start_(start) {}

  Now now() const override {
    return {.steady = steady_, .wall = wall_start_ + steady_.since_start};
  }
  bool run_until(const std::function<bool()>& done, Duration limit) override;
  bool has_virtual_clock() const override { return true; }
  void pass(Duration duration) override;
  bool jump_wall_clock(Duration by) override {
    wall_start_ = wall_start_ + by;
    return true;
  }

  // Runs `action` when `delay` has passed.
  void after(Duration delay, std::function<void()> action) {
    at(steady_ + delay, std::move(action));
  }
  void at(Instant when, std::function<void()> action);

 private:
  // The next event, if it is due by `limit`.
  bool step(Instant limit);

  UnixTime wall_start_;
  Instant steady_;
  std::uint64_t next_number_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
};

// Two ends of a reliable byte stream in memory. What one end sends arrives at the other after
// `latency`, whole and in order; closing arrives after it.
std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> make_memory_pipe(VirtualDriver& driver,
                                                                         Duration latency,
                                                                         LinkHandlers first,
                                                                         LinkHandlers second);

}  // namespace doublecheck::harness
