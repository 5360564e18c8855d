#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Messages on their way out. Each is encrypted when its turn has come, so that a chat stays in
// order, and kept until the server has acknowledged it.
namespace doublecheck::client {

void send_text(Turn& turn, CommandId command, const SendText& text);

// The connection is open: sends again what an earlier one may not have brought through, with the
// same ids, and goes on with the rest.
void resume_outbox(Turn& turn);

// `<ack>` (STANZA-42). Acks of other things than messages say nothing that matters here.
void receive_ack(Turn& turn, const wire::Node& ack);

// Tells the application of sends that have waited for too long. The messages are kept.
void expire_sends(Turn& turn);

}  // namespace doublecheck::client
