#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Who may see or do what: the account's privacy settings, which the server keeps.
namespace doublecheck::client {

void set_privacy(Turn& turn, CommandId command, const SetPrivacy& set);
void fetch_privacy(Turn& turn, CommandId command);

// Asks for the settings that this client has to know itself: whether others may know what was read
// decides what is sent when it was (STANZA-89).
void refresh_privacy(Turn& turn);

// `<privacy>` of `<notification type="account_sync">`.
void receive_privacy_change(Turn& turn, const wire::Node& privacy);

}  // namespace doublecheck::client
