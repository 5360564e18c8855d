#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"

// One byte-stream connection, whatever carries it: TCP, or a WebSocket with or without TLS.
namespace doublecheck::net {

// The largest WebSocket message that is taken from a peer: a frame of the largest size, and an
// intro before it.
inline constexpr std::size_t kMaxWebSocketMessage =
    std::size_t{16} * 1024 * 1024 + std::size_t{64} * 1024;

// What may wait for a peer that reads slowly or not at all. One that exceeds it is reset.
inline constexpr std::size_t kMaxQueuedBytes = std::size_t{64} * 1024 * 1024;

// How long a peer may take to do its part of a close before the connection is dropped.
inline constexpr std::chrono::seconds kCloseTimeout{5};

enum class CloseReason {
  kLocal,          // this end asked for it
  kPeer,           // the peer closed in an orderly way, or ended its stream
  kNotConnected,   // the connection could not be made: refused, failed, too late, or not allowed
  kLost,           // the connection broke: a reset, or an error of the network
  kTextMessage,    // the peer sent a WebSocket text message, which never enters the stream
                   // (TRANSPORT-06)
  kProtocolError,  // the peer broke the rules of WebSocket or TLS, or passed kMaxWebSocketMessage
  kQueueFull,      // the peer let more than kMaxQueuedBytes wait
};
std::string_view to_string(CloseReason reason);

// Called by the thread that runs the io_context, and never from within a call of the carrier's.
// None is called once the carrier is destroyed, and any may destroy it.
struct CarrierHandlers {
  std::function<void()> on_open = {};  // once, before any bytes
  std::function<void(ByteView)> on_bytes = {};
  // Once, at the end of every carrier, opened or not, and nothing after it. `details` is for
  // people.
  std::function<void(CloseReason, const std::string& details)> on_closed = {};
};

class Transport;

// The handle of a connection. Destroying it drops the connection at once, without waiting for what
// is queued; once `on_closed` was called, it only lets go of what is left of an orderly close,
// which goes on by itself.
class Carrier {
 public:
  explicit Carrier(std::shared_ptr<Transport> transport);
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  // Queues bytes behind all others, also before the connection is open; a WebSocket carries them as
  // one binary message. Ignored after `close` and `reset`, and once the connection has ended.
  void send(Bytes message);

  // As a WebSocket text message: for tests of the peer. Over TCP, the same bytes.
  void send_text(const std::string& text);

  // Ends the connection after everything sent before has left: WebSocket close frame, TLS
  // close_notify, TCP FIN. What the peer still sends is dropped. A peer that does not answer within
  // kCloseTimeout is dropped too.
  void close();

  // Ends the connection at once: TCP RST, nothing else.
  void reset();

  // What was given to `send` and not yet to the operating system.
  std::size_t queued_bytes() const;

 private:
  std::shared_ptr<Transport> transport_;
};

}  // namespace doublecheck::net
