#pragma once

#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Becoming a device of an account: by a QR code that the phone scans, or by a code that its user
// types.
namespace doublecheck::client {

// `<pair-device>`: references to show as QR codes (PAIR-02, PAIR-07).
void receive_references(Turn& turn, const wire::Node& iq, const wire::Node& pair_device);

// `<pair-success>`: the phone has signed this device's identity. Checks it, signs it as well, and
// has an account. Whatever is wrong with it leaves the credentials as they were (PAIR-08 … PAIR-11,
// PAIR-18, PAIR-19).
void receive_pair_success(Turn& turn, const wire::Node& iq, const wire::Node& pair_success);

// The code on show is no longer valid: shows the next one, or gives up after the last.
void next_code(Turn& turn);

// The user wants a code to type: asks the server for its reference.
void request_code(Turn& turn, CommandId command, const PairCode& wanted);

// The phone has been given the code, and its keys have come (CODE-06 … CODE-10).
void receive_primary_hello(Turn& turn, const wire::Node& notification);

}  // namespace doublecheck::client
