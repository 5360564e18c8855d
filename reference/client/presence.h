#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Who is there, and who is writing.
namespace doublecheck::client {

void send_presence(Turn& turn, CommandId command, const SendPresence& presence);
void subscribe_presence(Turn& turn, CommandId command, const SubscribePresence& subscribe);
void send_chat_state(Turn& turn, CommandId command, const SendChatState& state);

// `<presence>` and `<chatstate>` of others. Neither is acknowledged (STANZA-77).
void receive_presence(Turn& turn, const wire::Node& presence);
void receive_chat_state(Turn& turn, const wire::Node& chat_state);

}  // namespace doublecheck::client
