#include "reference/net/carrier.h"

#include <utility>

#include "reference/net/transport.h"

namespace doublecheck::net {

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::kLocal:
      return "closed by this end";
    case CloseReason::kPeer:
      return "closed by the peer";
    case CloseReason::kNotConnected:
      return "not connected";
    case CloseReason::kLost:
      return "connection lost";
    case CloseReason::kTextMessage:
      return "text message";
    case CloseReason::kProtocolError:
      return "protocol error";
    case CloseReason::kQueueFull:
      return "queue full";
  }
  return "unknown";
}

Carrier::Carrier(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}

Carrier::~Carrier() { transport_->abandon(); }

void Carrier::send(Bytes message) { transport_->send(std::move(message), false); }

void Carrier::send_text(const std::string& text) { transport_->send(to_bytes(text), true); }

void Carrier::close() { transport_->close(); }

void Carrier::reset() { transport_->reset(); }

std::size_t Carrier::queued_bytes() const { return transport_->queued_bytes(); }

}  // namespace doublecheck::net
