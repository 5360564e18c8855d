#pragma once

#include <optional>

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Tokens by which others say that they want to hear from this account, and which it shows to the
// server when it writes to them.
namespace doublecheck::client {

// `<notification type="privacy_token">`: keeps the token of its sender, whomever the token itself
// names (DEVICE-17), unless the one that there is is as new (STANZA-108).
void receive_privacy_tokens(Turn& turn, const wire::Node& notification);

// `<tctoken>` for a message to a user; nothing for the own account, and when there is none that is
// still good (STANZA-62, DEVICE-18).
std::optional<wire::Node> privacy_token_for(const Turn& turn, const wire::Jid& user);

}  // namespace doublecheck::client
