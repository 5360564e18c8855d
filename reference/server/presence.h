#pragma once

#include "reference/server/account.h"
#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Who is there, and who is writing. Nothing of it is acknowledged.
namespace doublecheck::server {

// `<presence>` of a client: it is available or not, has another push name, or wants to hear of
// somebody (STANZA-115). Whoever is not available himself is told of nobody, until he is.
void receive_presence(Turn& turn, Session& session, const wire::Node& presence);

// `<chatstate>`: for the other devices of the chat that are there; a device that is away gets the
// last one if it comes back within the configured time.
void receive_chat_state(Turn& turn, Session& session, const wire::Node& chat_state);
void deliver_kept_chat_states(Turn& turn, Device& device);

// A session of this account has ended: those who wanted to know are told when it was the last one
// that was available.
void note_departure(Turn& turn, const std::string& phone_number);

}  // namespace doublecheck::server
