#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// A stanza has arrived. Each goes to the handler of its kind; what nobody knows is ignored
// (STANZA-116).
void handle_stanza(Turn& turn, const wire::Node& stanza);

}  // namespace doublecheck::client
