#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// What accounts are called, and what they say of themselves.
namespace doublecheck::client {

void set_push_name(Turn& turn, CommandId command, const SetPushName& set);
void set_status(Turn& turn, CommandId command, const SetStatus& set);

// The `pushname` of `<notification type="account_sync">`; without one, nothing.
void receive_push_name(Turn& turn, const wire::Node& notification);

// `<notification type="status">`.
void receive_status(Turn& turn, const wire::Node& notification);

}  // namespace doublecheck::client
