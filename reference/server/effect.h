#pragma once

#include <string>
#include <variant>
#include <vector>

#include "reference/store/record.h"
#include "spec/base/bytes.h"
#include "spec/trace/record.h"

// What the server wants done. A host carries effects out in order and does nothing else.
namespace doublecheck::server {

using trace::ConnectionId;

// One whole frame, which a WebSocket host sends as one message (TRANSPORT-12).
struct Send {
  ConnectionId connection = 0;
  Bytes frame;
};

// Close after everything sent before has left; `abrupt` resets the connection instead.
struct Close {
  ConnectionId connection = 0;
  std::string reason;
  bool abrupt = false;
};

// Make these changes durable, and say so by Server::persisted. Only a server that was restored from
// a store asks for it.
struct Persist {
  store::Transaction transaction;
};

using Effect = std::variant<Send, Close, Persist>;
using Effects = std::vector<Effect>;

}  // namespace doublecheck::server
