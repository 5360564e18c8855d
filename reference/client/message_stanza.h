#pragma once

#include "reference/client/turn.h"
#include "spec/base/bytes.h"
#include "spec/payload/message.h"
#include "spec/wire/node.h"

// The parts of a sent `<message>`.
namespace doublecheck::client {

// What a message says: to devices of the own account inside a DeviceSentMessage (STANZA-45,
// RETRY-15); in a shared chat the same to all.
payload::Message content_of(const SentMessage& message, bool for_own_device);

// Encoded and padded, as it is encrypted.
Bytes padded(Turn& turn, const payload::Message& content);

// Whether an `<enc>` needs `<device-identity>` beside it (STANZA-46).
bool starts_session(const wire::Node& encrypted);
wire::Node device_identity(const State& state);

}  // namespace doublecheck::client
