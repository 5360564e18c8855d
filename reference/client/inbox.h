#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// `<message>`: is decrypted, reported once, and settled in any case, by a receipt, a retry receipt
// or an ack (STANZA-69, MESSAGE-15).
void receive_message(Turn& turn, const wire::Node& message);

}  // namespace doublecheck::client
