#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

// Time as an argument. Nothing in the specification reads a clock: a host passes `Now` in.
namespace doublecheck {

using Duration = std::chrono::microseconds;

// A point on a clock that never jumps; only differences mean something. Timers use it.
struct Instant {
  Duration since_start{0};

  friend auto operator<=>(const Instant&, const Instant&) = default;
  friend Instant operator+(Instant instant, Duration duration) {
    return {instant.since_start + duration};
  }
  friend Duration operator-(Instant left, Instant right) {
    return left.since_start - right.since_start;
  }
};

// Wall-clock time since 1970-01-01 UTC, which may jump either way. Certificates and the `t`
// attribute use it.
struct UnixTime {
  std::chrono::milliseconds since_epoch{0};

  std::int64_t seconds() const {
    return std::chrono::floor<std::chrono::seconds>(since_epoch).count();
  }
  std::int64_t milliseconds() const { return since_epoch.count(); }
  static UnixTime from_seconds(std::int64_t seconds) { return {std::chrono::seconds(seconds)}; }

  friend auto operator<=>(const UnixTime&, const UnixTime&) = default;
  friend UnixTime operator+(UnixTime time, Duration duration) {
    return {time.since_epoch + std::chrono::duration_cast<std::chrono::milliseconds>(duration)};
  }
};

struct Now {
  Instant steady;
  UnixTime wall;
};

}  // namespace doublecheck
