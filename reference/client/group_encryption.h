#pragma once

#include <vector>

#include "reference/client/groups.h"
#include "reference/client/sessions.h"
#include "spec/payload/message.h"

// Messages to many: encrypted once, under a key that every device gets beforehand.
namespace doublecheck::client {

// The stanza of a message to a group. Devices that do not hold the key get it in the same stanza,
// pairwise (SENDERKEY-12); when a holder is no longer among the devices, all get a new one
// (SENDERKEY-11). All devices become addressees of the message.
Result<wire::Node> encrypt_for_group(Turn& turn, SentMessage& message, const GroupInfo& group,
                                     const std::vector<Recipient>& devices);

// What tells others the key that this device writes in a group with; nothing when it has none.
std::optional<payload::SenderKeyDistribution> distribution(const State& state,
                                                           const wire::Jid& group);
// Takes the key of a sender that came with a message, if it is for the chat that it came in
// (SENDERKEY-10).
void take_distribution(Turn& turn, const Envelope& envelope,
                       const payload::SenderKeyDistribution& distribution);

}  // namespace doublecheck::client
