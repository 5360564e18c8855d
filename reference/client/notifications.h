#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// `<notification>`, which the caller acknowledges, whatever it is (STANZA-109).
void receive_notification(Turn& turn, const wire::Node& notification);

}  // namespace doublecheck::client
