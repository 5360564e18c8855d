#pragma once

#include <expected>
#include <functional>
#include <vector>

#include "reference/client/prekey_nodes.h"
#include "reference/client/turn.h"
#include "spec/base/result.h"
#include "spec/wire/node.h"

// Signal sessions with other devices.
namespace doublecheck::client {

// A device, as stanzas name it and as the client does.
struct Recipient {
  wire::Jid jid;
  Address address;
};

bool has_session(const State& state, const Address& device);

// Starts a session, in place of the present one. Refuses keys that nobody vouches for and bundles
// that are not signed (DEVICE-07, SESSION-04).
Result<> start_session(Turn& turn, const Address& device, const PublishedKeys& keys);

// Fetches the keys of these devices and starts a session with each that shows good ones (PREKEY-06,
// PREKEY-07). An error in the end says that the query failed; single devices may be without session
// in any case.
using SessionsHandler = std::function<void(Turn&, const std::expected<void, IqFailure>&)>;
void start_sessions(Turn& turn, std::vector<Recipient> devices, SessionsHandler then);

// `<enc>` with this plaintext. Fails without a session.
Result<wire::Node> encrypt_for(Turn& turn, const Address& device, ByteView padded);

}  // namespace doublecheck::client
