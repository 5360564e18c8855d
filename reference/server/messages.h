#pragma once

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Messages between devices: accepted, acknowledged to the sender, and put into the queue of every
// device they are for.
namespace doublecheck::server {

// A `<message>` of a logged-in device. Always acknowledged exactly once, with an `error` when it
// was refused, in which case nothing was delivered (STANZA-11 of acks, STANZA-79).
void route_message(Turn& turn, Session& session, const wire::Node& message);

// A `<receipt>`: settles the queued message or offer of a call, is acknowledged, and goes to whom
// it concerns.
void route_receipt(Turn& turn, Session& session, const wire::Node& receipt);

}  // namespace doublecheck::server
