#pragma once

#include <string>

#include "spec/wire/node.h"

// Sorts stanzas, and reasons for closing, into kinds, so that everything an endpoint does can be
// listed and interfered with kind by kind.
namespace doublecheck::deviations {

// What says what a stanza is for: its tag, type and class, the code of an error, whether it comes
// from the queue, and its first child; for instance "iq result usync", "ack class=message",
// "message queued enc", "notification w:gp2 add".
std::string kind_of(const wire::Node& stanza);

// A reason without what differs from one time to the next.
std::string kind_of_reason(const std::string& reason);

}  // namespace doublecheck::deviations
