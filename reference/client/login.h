#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// `<success>`: the device is logged in. Prekeys are looked after, `active` is asked for, and then
// the client is open, whatever came of these steps (LOGIN-02 … LOGIN-06).
void receive_success(Turn& turn, const wire::Node& success);

// Tells the server whether the account is available, as the user wants it (STANZA-111). Nothing
// without push name.
void announce_presence(Turn& turn);

}  // namespace doublecheck::client
