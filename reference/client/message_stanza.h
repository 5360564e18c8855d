#pragma once

#include "reference/client/turn.h"
#include "spec/base/bytes.h"
#include "spec/wire/node.h"

// The parts of a sent `<message>`.
namespace doublecheck::client {

// What is encrypted: for devices of the own account inside a DeviceSentMessage (STANZA-45,
// RETRY-15), padded.
Bytes padded_content(Turn& turn, const SentMessage& message, bool for_own_device);

// Whether an `<enc>` needs `<device-identity>` beside it (STANZA-46).
bool starts_session(const wire::Node& encrypted);
wire::Node device_identity(const State& state);

}  // namespace doublecheck::client
