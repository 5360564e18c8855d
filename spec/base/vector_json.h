#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "spec/base/bytes.h"
#include "spec/base/text_encoding.h"

// What the published vectors are written in, for those who test with them. Everything here may
// throw.
namespace doublecheck::test_vectors {

using Json = nlohmann::json;

inline std::string text(const Json& value) { return value.get<std::string>(); }

inline Bytes bytes_of_hex(const Json& hex) {
  auto bytes = from_hex(hex.get<std::string>());
  if (!bytes) throw std::runtime_error("not hexadecimal: " + hex.get<std::string>());
  return *std::move(bytes);
}

}  // namespace doublecheck::test_vectors
