#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "spec/base/vector_json.h"

// The published vectors, for tests only, which may throw.
namespace doublecheck::test_vectors {

// corpus/vectors/<name>.json.
inline Json load(std::string_view name) {
  const std::string path =
      std::string(DC_SOURCE_DIR) + "/corpus/vectors/" + std::string(name) + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return Json::parse(file);
}

}  // namespace doublecheck::test_vectors
