#pragma once

#include "reference/client/config.h"
#include "reference/client/credentials.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/noise/client_payload.h"

// What the client says of itself in the handshake.
namespace doublecheck::client {

// Shown in the list of linked devices, and as the fifth field of the QR code.
inline constexpr std::string_view kPlatformId = "1";  // Chrome
inline constexpr std::string_view kPlatformDisplay = "Chrome (Linux)";

// Without an account: asks to be paired. Draws the nonce of a signature.
noise::ClientPayload registration_payload(const Config& config, const Credentials& credentials,
                                          RandomSource& random);

// With one: `again` tells the server that this follows a connection that was lost.
noise::ClientPayload login_payload(const Config& config, const Account& account, bool again);

}  // namespace doublecheck::client
