#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "spec/base/bytes.h"
#include "spec/base/crypto.h"

// Keys in the fields of protobuf messages, raw. For .cc files, beside spec/proto/access.h.
namespace doublecheck::proto {

// Copies a field of exactly that size; false for any other.
template <std::size_t kSize>
bool read_array(const std::string& field, std::array<std::uint8_t, kSize>& out) {
  if (field.size() != kSize) return false;
  std::ranges::copy(as_bytes(field), out.begin());
  return true;
}

// The key pair of a private key.
inline bool read_key_pair(const std::string& field, KeyPair& out) {
  PrivateKey key{};
  if (!read_array(field, key)) return false;
  out = KeyPair::from_private(key);
  return true;
}

}  // namespace doublecheck::proto
