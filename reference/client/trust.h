#pragma once

#include <optional>

#include "reference/client/credentials.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"

// Whether an identity key is to be believed to be a device's.
//
// A companion is vouched for by its account's key (DEVICE-07). A device without such a document can
// only be the primary one, whose identity is the account's key. The key of the own account is known
// from pairing, that of another the first time that it is seen.
namespace doublecheck::client {

struct BelievedKey {
  PublicKey account_key{};
  bool is_change = false;  // the primary device has other keys than it had: sessions with the
                           // account are void (DEVICE-12)
};

// Changes nothing: for a key that came with a message, the message has yet to prove that its sender
// holds it.
Result<BelievedKey> check_identity(const Credentials& credentials, const Address& device,
                                   const PublicKey& identity,
                                   std::optional<ByteView> device_identity, const Guard& guard);

// Remembers what was found.
void believe(Peers& peers, const Address& device, const BelievedKey& key);

}  // namespace doublecheck::client
