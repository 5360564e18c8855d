#pragma once

#include "spec/base/random.h"
#include "spec/base/time.h"

namespace doublecheck::client {

// How a connection was lost that may be made again.
enum class Loss {
  kLost,         // it broke, was never made, or was refused for now
  kStreamError,  // the server ended it with an error
  kRateLimited,  // with error 429
  kRestart,      // with 515, which asks for a new connection
};

// How long to wait before the next connection: longer after each failure, from the start again
// after a success (RECONNECT-01). Stream errors are counted for themselves, since a server that
// lets a client in and throws it out at once would otherwise be asked without pause (CONTROL-04,
// STANZA-118).
class ReconnectPolicy {
 public:
  // The server has let the client in.
  void succeeded() { failures_ = 0; }

  // A connection has ended that lived for `lifetime` after its handshake; 0 if there was none.
  Duration next_delay(Loss loss, Duration lifetime, RandomSource& random);

 private:
  unsigned failures_ = 0;
  unsigned stream_errors_ = 0;
};

}  // namespace doublecheck::client
