#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// `<ib>`: what the server lets the client know. Every child counts (STANZA-07); unknown ones are
// ignored (IB-02).
void receive_info(Turn& turn, const wire::Node& info);

}  // namespace doublecheck::client
