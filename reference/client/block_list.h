#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Whom the account wants nothing to do with. The server keeps the list; this client has a copy, so
// that what the server had let through before it knew is not handed to the application either.
namespace doublecheck::client {

void change_block_list(Turn& turn, CommandId command, const wire::Jid& user, bool is_blocked);
void fetch_block_list(Turn& turn, CommandId command);

// Brings the copy up to date.
void refresh_block_list(Turn& turn);

// `<blocklist>` of `<notification type="account_sync">`: what has changed, if the copy is the state
// that it was changed from; the whole list is asked for otherwise.
void receive_block_list_change(Turn& turn, const wire::Node& change);

}  // namespace doublecheck::client
