#pragma once

#include <string>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/noise/client_payload.h"
#include "spec/noise/faults.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// The seam for everything that misbehaves on purpose. A client without a tamper is the reference; a
// deliberate deviation is the same client with one.
namespace doublecheck::client {

using trace::ConnectionId;

class Tamper {
 public:
  virtual ~Tamper() = default;

  // Faults of the handshake of a new connection.
  virtual noise::ClientHandshakeFaults handshake(ConnectionId) { return {}; }

  // What the client says of itself on a new connection.
  virtual void introducing(ConnectionId, noise::ClientPayload&) {}

  // A stanza that has arrived. False hides it from the client.
  virtual bool received(ConnectionId, const wire::Node&) { return true; }

  // The stanzas that one step sends, in order, if any: may be dropped, doubled, reordered, edited
  // and added to.
  virtual void sending(ConnectionId, std::vector<wire::Node>&) {}

  // The sealed frames of one step, lengths included, before they leave.
  virtual void sealed(ConnectionId, std::vector<Bytes>&) {}

  // The client wants to close a connection, for this reason. False leaves it open.
  virtual bool closing(ConnectionId, const std::string&) { return true; }
};

}  // namespace doublecheck::client
