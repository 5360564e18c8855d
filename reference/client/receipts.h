#pragma once

#include "reference/client/envelope.h"
#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// Tells the sender that a message was read by this device; own devices are told in their own way
// (STANZA-71, STANZA-92, STANZA-123).
void send_delivery_receipt(Turn& turn, const Envelope& envelope, bool is_history);

// The user has read messages (STANZA-89, STANZA-90).
void mark_read(Turn& turn, CommandId command, const MarkRead& read);

// `<receipt>`, which the caller has acknowledged: reports every id of it (STANZA-91), or sends a
// message again.
void receive_receipt(Turn& turn, const wire::Node& receipt);

}  // namespace doublecheck::client
