#pragma once

#include <expected>
#include <string>

#include "reference/client/envelope.h"
#include "reference/client/turn.h"
#include "spec/base/bytes.h"
#include "spec/wire/node.h"

namespace doublecheck::client {

// Why the content of an `<enc>` could not be had.
struct Unreadable {
  bool is_duplicate = false;  // it was read before (SESSION-25)
  std::string reason;
};

// Decrypts one `<enc>` of type `pkmsg` or `msg`; what came out is still padded. Who starts a
// session has to be vouched for. A failure leaves the credentials as they were (SESSION-14).
std::expected<Bytes, Unreadable> decrypt(Turn& turn, const Envelope& envelope,
                                         const wire::Node& message, const wire::Node& encrypted);
// The same for an `<enc>` of type `skmsg`, under the key that its sender has given us.
std::expected<Bytes, Unreadable> decrypt_shared(Turn& turn, const Envelope& envelope,
                                                const wire::Node& encrypted);

}  // namespace doublecheck::client
