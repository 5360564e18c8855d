#pragma once

#include <string>

#include "reference/client/envelope.h"
#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Messages that could not be decrypted: asking for them again, and sending them again to who asks.
namespace doublecheck::client {

// Sends a retry receipt, unless kMaxRetries were sent for this message (RETRY-01 … RETRY-05,
// STANZA-93, STANZA-94), and tells the application the first time.
void ask_again(Turn& turn, const Envelope& envelope, const std::string& reason);

// `<receipt type="retry">`: sends the message again to that device alone, if it was an addressee
// (RETRY-06 … RETRY-15). Acknowledged when that is settled, so that a request is not lost with the
// connection.
void send_again(Turn& turn, const wire::Node& receipt);

}  // namespace doublecheck::client
