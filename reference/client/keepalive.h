#pragma once

#include <optional>

#include "spec/base/random.h"
#include "spec/base/time.h"

namespace doublecheck::client {

// When to ping, and when to give a connection up on which nothing arrives any more. From the end of
// the handshake on (KEEP-06).
class Keepalive {
 public:
  // Pings come between half of `longest_interval` and all of it apart, drawn at random (STANZA-22).
  Keepalive(Duration longest_interval, Instant now, RandomSource& random);

  // A stanza has arrived, whichever.
  void heard() { unanswered_since_.reset(); }

  enum class Due { kNothing, kPing, kDead };
  Due due(Instant now) const;

  // A ping was sent.
  void pinged(Instant now, RandomSource& random);

  Instant next_deadline() const;

 private:
  void schedule(Instant now, RandomSource& random);

  Duration longest_interval_;
  Instant next_ping_;
  std::optional<Instant> unanswered_since_;  // the first ping after which nothing has arrived
};

}  // namespace doublecheck::client
