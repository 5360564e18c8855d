#pragma once

#include <expected>
#include <functional>
#include <vector>

#include "reference/client/sessions.h"
#include "reference/client/turn.h"
#include "spec/base/result.h"

namespace doublecheck::client {

// Asks the server for the devices of these users, and hands them over without this device itself
// (STANZA-44). They are asked for before each message and not kept, so that no device is forgotten
// that came since.
//
// Of companions only those are believed that the signed list of their account admits (DEVICE-03,
// DEVICE-04).
using DevicesHandler =
    std::function<void(Turn&, const std::expected<std::vector<Recipient>, IqFailure>&)>;
void find_devices(Turn& turn, const std::vector<wire::Jid>& users, DevicesHandler then);

}  // namespace doublecheck::client
