#include "reference/client/keepalive.h"

#include <algorithm>

#include "reference/client/limits.h"

namespace doublecheck::client {

Keepalive::Keepalive(Duration longest_interval, Instant now, RandomSource& random)
    : longest_interval_(std::max<Duration>(longest_interval, kMinKeepaliveInterval)) {
  schedule(now, random);
}

void Keepalive::schedule(Instant now, RandomSource& random) {
  const auto half = static_cast<std::uint64_t>(longest_interval_.count() / 2);
  const std::uint64_t extra = random.below(half + 1);
  next_ping_ = now + (longest_interval_ - Duration(static_cast<Duration::rep>(extra)));
}

Keepalive::Due Keepalive::due(Instant now) const {
  if (unanswered_since_ && *unanswered_since_ + kPingTimeout <= now) return Due::kDead;
  return next_ping_ <= now ? Due::kPing : Due::kNothing;
}

void Keepalive::pinged(Instant now, RandomSource& random) {
  if (!unanswered_since_) unanswered_since_ = now;
  schedule(now, random);
}

Instant Keepalive::next_deadline() const {
  if (!unanswered_since_) return next_ping_;
  return std::min(next_ping_, *unanswered_since_ + kPingTimeout);
}

}  // namespace doublecheck::client
