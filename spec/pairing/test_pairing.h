#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/base/test_vectors.h"

// For tests: the cases of corpus/vectors/qr-pairing.json.
namespace doublecheck::pairing::test_vectors {

using namespace doublecheck::test_vectors;

inline std::string text(const Json& value) { return value.get<std::string>(); }

inline Json load_case(std::string_view name) {
  const Json file = load("qr-pairing");
  for (const Json& test_case : file["cases"]) {
    if (test_case["name"] == name) return test_case;
  }
  throw std::runtime_error("no case " + std::string(name));
}

// All cases whose name starts like this.
inline std::vector<Json> load_cases(std::string_view prefix) {
  const Json file = load("qr-pairing");
  std::vector<Json> cases;
  for (const Json& test_case : file["cases"]) {
    if (test_case["name"].get<std::string>().starts_with(prefix)) cases.push_back(test_case);
  }
  return cases;
}

// 32 bytes: a key or a secret.
inline PublicKey key(const Json& hex) {
  const auto bytes = to_public_key(bytes_of_hex(hex));
  if (!bytes) throw std::runtime_error("not 32 bytes: " + hex.get<std::string>());
  return *bytes;
}

inline KeyPair key_pair(const Json& keys) {
  return {.private_key = key(keys["private"]), .public_key = key(keys["public"])};
}

// Randomness that a vector prescribes, in the order in which it is drawn.
class PrescribedRandom final : public RandomSource {
 public:
  explicit PrescribedRandom(std::initializer_list<Json> draws) {
    for (const Json& draw : draws) append(left_, bytes_of_hex(draw));
  }

  void fill(std::span<std::uint8_t> out) override {
    if (left_.size() < out.size())
      throw std::runtime_error("more randomness than the vector prescribes");
    const auto end = left_.begin() + static_cast<std::ptrdiff_t>(out.size());
    std::copy(left_.begin(), end, out.begin());
    left_.erase(left_.begin(), end);
  }
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override {
    throw std::runtime_error("not prescribed");
  }

  bool used_up() const { return left_.empty(); }

 private:
  Bytes left_;
};

}  // namespace doublecheck::pairing::test_vectors
