#pragma once

#include "reference/server/turn.h"
#include "spec/base/crypto.h"
#include "spec/noise/client_payload.h"

// What follows a handshake: pairing for a client without an account, success or failure for one
// that names its device, and the end of a device.
namespace doublecheck::server {

// `replayable`: the payload came with a resumed handshake and proves nothing yet.
void begin_session(Turn& turn, Session& session, const noise::ClientPayload& payload,
                   const PublicKey& client_static, bool replayable);

// A frame of the client's own has arrived: a replayable login is now proven, and displaces an older
// connection of the same device (RECONNECT-03).
void prove_session(Turn& turn, Session& session);

// Removes a device: its connection ends as removed, its keys and queue are gone, and logging in
// again fails (LOGOUT-03). Does nothing for a device that does not exist.
void unlink_device(Turn& turn, const DeviceAddress& address);

// The account's phone is set up anew, with other keys: its companions are logged out, and those who
// have asked about the account hear of its new identity (ACCOUNT-19).
void replace_phone(Turn& turn, Account& account);

}  // namespace doublecheck::server
