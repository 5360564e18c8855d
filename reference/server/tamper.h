#pragma once

#include <string>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/noise/client_payload.h"
#include "spec/noise/faults.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// The seam for everything that misbehaves on purpose. A server without a tamper is the reference; a
// scripted server, an injected fault and a deliberate deviation are the same server with one.
namespace doublecheck::server {

using trace::ConnectionId;

class Tamper {
 public:
  virtual ~Tamper() = default;

  // Faults of the handshake of a new connection.
  virtual noise::ServerHandshakeFaults handshake(ConnectionId) { return {}; }

  // A client has proved to hold this static key, and says this of itself.
  virtual void authenticated(ConnectionId, const noise::ClientPayload&, const PublicKey&) {}

  // A stanza that has arrived. False hides it from the server.
  virtual bool received(ConnectionId, const wire::Node&) { return true; }

  // The stanzas that one step sends to one connection, in order: may be dropped, doubled, reordered
  // and edited.
  virtual void sending(ConnectionId, std::vector<wire::Node>&) {}

  // The sealed frames of one step to one connection, lengths included, before they leave.
  virtual void sealed(ConnectionId, std::vector<Bytes>&) {}

  // The server wants to close a connection, for this reason. False leaves it open.
  virtual bool closing(ConnectionId, const std::string&) { return true; }
};

}  // namespace doublecheck::server
