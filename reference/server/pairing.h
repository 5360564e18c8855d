#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "reference/server/turn.h"
#include "spec/base/crypto.h"
#include "spec/noise/client_payload.h"
#include "spec/wire/node.h"

// Pairing a companion: the server's part, and the phone that it plays.
namespace doublecheck::server {

// The first stanza on the connection of a client without an account: references to show as QR codes
// (PAIR-01).
void begin_pairing(Turn& turn, Session& session, const noise::ClientPayload& payload,
                   const PublicKey& client_static);

// A stanza on such a connection. Presence, acks and session markers are absorbed.
void pairing_stanza(Turn& turn, Session& session, const wire::Node& stanza);

// A reference has run out; after the last one the connection is closed.
void pairing_deadline(Turn& turn, Session& session);

// Deliberate faults of a pair-success, for testing companions.
enum class PairFault {
  kNone,
  kWrongHmac,
  kWrongSignature,
  kOtherAccountKey,
  kMissingDevice,
  kWrongKeyIndex
};

struct PairedDevice {
  std::string phone_number;
  std::string lid;
  std::string name;
  std::uint16_t device = 0;
};

enum class ScanFailure { kMalformed, kUnknownReference, kExpired, kRefused };
struct ScanError {
  ScanFailure failure;
  std::string why;
};

// The phone scans the QR text that a waiting companion shows: signs the companion's identity and
// has pair-success sent. `account` chooses an account by phone number, LID or name; without it the
// push name that the companion registered with does.
std::expected<PairedDevice, ScanError> scan(Turn& turn, std::string_view qr_text,
                                            const std::optional<std::string>& account,
                                            PairFault fault = PairFault::kNone);

// The phone enters the 8-character code that a companion waiting under this phone number shows.
std::expected<PairedDevice, ScanError> enter_code(Turn& turn, std::string_view phone_number,
                                                  std::string_view code);

}  // namespace doublecheck::server
