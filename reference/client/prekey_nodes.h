#pragma once

#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/signal/prekey.h"
#include "spec/wire/node.h"

// Public keys as they stand in stanzas.
namespace doublecheck::client {

// `<key>` and `<skey>`.
wire::Node prekey_node(const signal::OneTimePrekey& prekey);
wire::Node signed_prekey_node(const signal::SignedPrekey& prekey);

// The keys of another device, and the document by which its account vouches for it, if there is
// one.
struct PublishedKeys {
  signal::PrekeyBundle bundle;
  std::optional<Bytes> device_identity;
};

// Reads `<identity>`, `<skey>`, an optional `<key>` and an optional `<device-identity>` of `keys`,
// and the registration id beside or above them. Refuses missing fields and those of a wrong size
// (PREKEY-07); signatures are not looked at.
Result<PublishedKeys> read_published_keys(const wire::Node& keys,
                                          const wire::Node& registration_parent);

// The content of `<registration>`: 4 bytes.
std::optional<std::uint32_t> read_registration_id(const wire::Node& parent);

}  // namespace doublecheck::client
