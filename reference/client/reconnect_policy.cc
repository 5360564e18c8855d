#include "reference/client/reconnect_policy.h"

#include <algorithm>

#include "reference/client/limits.h"

namespace doublecheck::client {
namespace {

// Beyond it the delay is at its limit anyway; it keeps the counters small.
constexpr unsigned kMaxStep = 20;

Duration delay_of(unsigned step) {
  Duration delay = kFirstReconnectDelay;
  for (unsigned i = 1; i < step && delay < kMaxReconnectDelay; ++i) delay *= 2;
  return std::min<Duration>(delay, kMaxReconnectDelay);
}

Duration with_jitter(Duration delay, RandomSource& random) {
  const auto tenth = static_cast<std::uint64_t>(delay.count()) * kReconnectJitterPercent / 100;
  const std::uint64_t drawn = random.below(2 * tenth + 1);
  return delay - Duration(static_cast<Duration::rep>(tenth)) +
         Duration(static_cast<Duration::rep>(drawn));
}

}  // namespace

Duration ReconnectPolicy::next_delay(Loss loss, Duration lifetime, RandomSource& random) {
  if (lifetime >= kStableConnection) stream_errors_ = 0;
  const bool first_restart = loss == Loss::kRestart && stream_errors_ == 0 && failures_ == 0;
  if (loss == Loss::kLost) {
    failures_ = std::min(failures_ + 1, kMaxStep);
  } else {
    stream_errors_ += loss == Loss::kRateLimited ? 1 + kRateLimitPenalty : 1;
    stream_errors_ = std::min(stream_errors_, kMaxStep);
  }
  if (first_restart) return Duration{0};
  return with_jitter(delay_of(std::max(failures_, stream_errors_)), random);
}

}  // namespace doublecheck::client
