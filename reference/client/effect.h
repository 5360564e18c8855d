#pragma once

#include <string>
#include <variant>
#include <vector>

#include "reference/client/event.h"
#include "spec/base/bytes.h"
#include "spec/trace/record.h"

// What the client wants done. A host carries effects out in order and does nothing else.
namespace doublecheck::client {

// A carrier of the client's. Numbers are never used twice, so that what an old carrier still says
// is known for that.
using trace::ConnectionId;

// Connect to the server, and call `connected` or `closed`.
struct OpenCarrier {
  ConnectionId connection = 0;
};

// The intro header with the first frame, or one whole frame, which a WebSocket host sends as one
// message.
struct Send {
  ConnectionId connection = 0;
  Bytes bytes;
};

// Close after everything sent before has left. The client has no further interest in this carrier.
struct CloseCarrier {
  ConnectionId connection = 0;
};

// The credentials have changed. A host that keeps them writes `serialize(client.credentials())`
// before it goes on with the effects that follow: nothing may be sent that a restart could
// contradict (PREKEY-10).
struct Persist {};

struct Notify {
  Event event;
};

using Effect = std::variant<OpenCarrier, Send, CloseCarrier, Persist, Notify>;
using Effects = std::vector<Effect>;

}  // namespace doublecheck::client
