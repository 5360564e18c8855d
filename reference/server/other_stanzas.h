#pragma once

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Stanzas of a logged-in client that need few words.
namespace doublecheck::server {

// Settles what it acknowledges; an ack is never acknowledged (STANZA-80). One with an error settles
// too (STANZA-70).
void settle_by_ack(Turn& turn, Session& session, const wire::Node& ack);

// Acknowledges a call stanza (STANZA-79), and passes what it says on to the devices that are
// called.
void route_call(Turn& turn, Session& session, const wire::Node& call);

}  // namespace doublecheck::server
