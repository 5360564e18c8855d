#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/guard.h"
#include "spec/base/result.h"
#include "spec/wire/node.h"

// The public keys of one device, as it uploaded them and as the server hands them out (xmlns
// `encrypt`).
namespace doublecheck::server {

struct PublicPrekey {
  std::uint32_t id = 0;  // 24 bits
  PublicKey value{};

  bool operator==(const PublicPrekey&) const = default;
};

struct KeyDirectory {
  std::uint32_t registration_id = 0;
  PublicKey identity{};
  PublicPrekey signed_prekey;
  Signature signature{};
  std::deque<PublicPrekey> one_time;  // in order of upload

  // A bundle as the children of `<user>`: takes the first one-time key, if there is one, out of the
  // directory.
  std::vector<wire::Node> take_bundle();

  // `<digest>`: everything a device can compare with what it holds, and the hash over it.
  wire::Node digest() const;

  // `<skey>` and `<key>` elements.
  wire::Node signed_prekey_node() const;

  // Reads an upload: replaces registration id, identity and signed prekey, adds the one-time keys.
  // Changes nothing on error: a missing or malformed child, a signature that does not verify, too
  // many keys.
  Result<> upload(const wire::Node& iq, const Guard& guard);

  // Replaces the signed prekey by that of `<rotate>`.
  Result<> rotate(const wire::Node& rotate, const Guard& guard);

  bool operator==(const KeyDirectory&) const = default;
};

}  // namespace doublecheck::server
