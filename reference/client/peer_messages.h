#pragma once

#include "reference/client/turn.h"
#include "spec/payload/message.h"

// What the devices of one account tell each other.
namespace doublecheck::client {

// Whether it counts only from the own account (MESSAGE-07).
bool is_between_own_devices(const payload::ProtocolMessage& message);

// Keeps shared keys, and what history says about names. Whether it was a piece of history.
bool take_peer_message(Turn& turn, const payload::ProtocolMessage& message);

}  // namespace doublecheck::client
