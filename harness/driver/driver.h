#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spec/base/bytes.h"
#include "spec/base/time.h"

// What advances the world of a test. The same case runs on virtual time in memory and on a real
// clock over sockets: it says what it waits for, and the driver makes time pass.
namespace doublecheck::harness {

class Driver {
 public:
  virtual ~Driver() = default;

  virtual Now now() const = 0;

  // Lets things happen until `done` is true, at most for `limit`. Whether it became true. A virtual
  // driver jumps from event to event; a socket driver waits.
  virtual bool run_until(const std::function<bool()>& done, Duration limit) = 0;

  // Whether `pass` works: a case that needs hours to go by needs a clock that can be told so.
  virtual bool has_virtual_clock() const = 0;

  // Lets exactly this much time pass.
  virtual void pass(Duration duration) = 0;

  // Sets the wall clock of everybody under this driver forward or back, while the steady clock goes
  // on as before; false where nobody can.
  virtual bool jump_wall_clock(Duration) { return false; }
};

// What a test does with one end of a connection.
class Link {
 public:
  virtual ~Link() = default;

  // One piece of bytes; over WebSocket, one binary message.
  virtual void send(ByteView bytes) = 0;
  // Closes after what was sent has left, or without waiting for it.
  virtual void close() = 0;
  virtual void reset() = 0;
};

struct LinkHandlers {
  std::function<void(ByteView)> on_bytes;
  std::function<void(std::string reason)> on_closed;  // at most once, and nothing after it
};

}  // namespace doublecheck::harness
