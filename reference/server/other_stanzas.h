#pragma once

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Stanzas of a logged-in client that concern nobody but the server.
namespace doublecheck::server {

// Settles what it acknowledges; an ack is never acknowledged (STANZA-80). One with an error settles
// too (STANZA-70).
void settle_by_ack(Turn& turn, Session& session, const wire::Node& ack);

// Remembers the push name, which goes on every message from now on.
void note_presence(Turn& turn, Session& session, const wire::Node& presence);

// Every call stanza is acknowledged (STANZA-79). Calls are not routed.
void acknowledge_call(Turn& turn, Session& session, const wire::Node& call);

}  // namespace doublecheck::server
