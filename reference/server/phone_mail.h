#pragma once

#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Mail between a companion and the simulated phone of its account.
namespace doublecheck::server {

// After a companion's first login the phone sends, as configured, its app-state sync key and an
// initial history, as peer messages from the account's bare PN.
void greet_from_phone(Turn& turn, const DeviceAddress& companion);

// A peer message of a companion: the phone decrypts it and answers what it can answer. One that it
// cannot decrypt is counted and dropped.
void phone_receives(Turn& turn, const DeviceAddress& companion, const wire::Node& message);

}  // namespace doublecheck::server
