#pragma once

#include <optional>
#include <string_view>

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// How anything reaches a device: by way of its queue, always; at once when the device is ready for
// it, otherwise when it next asks.
namespace doublecheck::server {

// Queues a message, receipt or notification for a device, and sends it if the device is ready. A
// full queue counts the drop and returns false.
bool deliver(Turn& turn, Device& device, wire::Node stanza);

// The client has asked for `active`: announces what is queued, sends it in order, each marked
// `offline`, and then the end marker, which is never left out (LOGIN-07, STANZA requirements of the
// offline phase). From then on stanzas are pushed live. The phone greets a device that comes for
// the first time.
void start_delivery(Turn& turn, Session& session);

// The device has settled a stanza of this class and id.
void settle(Turn& turn, Session& session, std::string_view stanza_class, std::string_view id,
            std::optional<std::string_view> type = {});

}  // namespace doublecheck::server
