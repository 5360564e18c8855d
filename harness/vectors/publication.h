#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/vectors/vector.h"

// The vectors as they are published: collected and generated ones in one form, with everybody who
// confirmed them.
namespace doublecheck::corpus {

// What is checked in under corpus/vectors/lines.
inline constexpr std::uint64_t kPublishedSeed = 1;

struct Count {
  std::size_t confirmed = 0;
  std::size_t self_generated = 0;
};

struct Publication {
  std::uint64_t seed = kPublishedSeed;
  std::vector<Vector> vectors = {};  // in the order of the files: by layer
  std::size_t left_out = 0;          // collected cases that are no vectors
};

// Throws if two vectors have one id.
Publication publish(std::uint64_t seed = kPublishedSeed);

Count count(const std::vector<Vector>& vectors);
std::map<std::string, Count> count_by_layer(const std::vector<Vector>& vectors);
// Contested ones by their switch.
std::map<std::string, Count> count_by_flag(const std::vector<Vector>& vectors);

// The files: `LAYER.jsonl` for every layer of these vectors, and `manifest.json`.
std::map<std::string, std::string> files_of(const Publication& publication);

}  // namespace doublecheck::corpus
