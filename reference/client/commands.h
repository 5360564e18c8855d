#pragma once

#include "reference/client/turn.h"

namespace doublecheck::client {

// Removes this device: asks the server, waits for its answer, and forgets the account when it is
// granted (LOGOUT-01, LOGOUT-02).
void log_out(Turn& turn, CommandId command);

}  // namespace doublecheck::client
