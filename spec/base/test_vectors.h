#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/base/text_encoding.h"

// The published vectors, for tests only, which may throw.
namespace doublecheck::test_vectors {

using Json = nlohmann::json;

// corpus/vectors/<name>.json.
inline Json load(std::string_view name) {
  const std::string path =
      std::string(DC_SOURCE_DIR) + "/corpus/vectors/" + std::string(name) + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return Json::parse(file);
}

inline std::string text(const Json& value) { return value.get<std::string>(); }

inline Bytes bytes_of_hex(const Json& hex) {
  auto bytes = from_hex(hex.get<std::string>());
  if (!bytes) throw std::runtime_error("not hexadecimal: " + hex.get<std::string>());
  return *std::move(bytes);
}

}  // namespace doublecheck::test_vectors
