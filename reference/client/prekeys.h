#pragma once

#include <functional>

#include "reference/client/turn.h"

// Upkeep of the prekeys that the server hands out for this device.
namespace doublecheck::client {

using Continuation = std::function<void(Turn&)>;

// Asks how many one-time keys the server has, uploads more if they are few, and goes on in any
// case, unless the connection has ended meanwhile (LOGIN-06).
void replenish_prekeys(Turn& turn, Duration timeout, Continuation then);

// Uploads kPrekeyBatch one-time keys. One upload at a time: another wish meanwhile is granted by it
// (PREKEY-15).
void upload_prekeys(Turn& turn, Duration timeout, Continuation then);

// Asks what the server has on record, and uploads if that is nothing (PREKEY-12).
void check_digest(Turn& turn);

}  // namespace doublecheck::client
