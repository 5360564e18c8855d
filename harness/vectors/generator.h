#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/vectors/vector.h"
#include "spec/base/bytes.h"
#include "spec/base/random.h"

// Vectors as a function of a seed: the same on every machine and compiler. Their outputs are what
// the functions of spec/ say; whether anybody else says so is for confirmation.h.
namespace doublecheck::corpus {

// What a layer's vectors are made with: randomness of its own, so that a change to one layer leaves
// the others as they were.
class Generator {
 public:
  Generator(std::string_view layer, const RandomSource& seed, std::vector<Vector>& out)
      : layer_(layer), random_(seed.fork(layer)), out_(out) {}

  RandomSource& random() { return *random_; }

  // `generated-NAME-n`, where n counts the vectors of that name from 0.
  Vector& add(std::string_view name, std::string_view operation,
              std::vector<std::string> requirements);

  // Requirements of a group of nodes.json or a category of nodes-invalid.json.
  static std::vector<std::string> node_requirements(const std::string& group);
  static std::vector<std::string> malformed_requirements(const std::string& category);

  // ---- Drawing

  bool chance(std::uint64_t one_in) { return random_->below(one_in) == 0; }
  std::size_t size_below(std::uint64_t bound) { return random_->below(bound); }
  // From `low` to `high`, both included.
  std::size_t between(std::size_t low, std::size_t high) {
    return low + random_->below(high - low + 1);
  }
  template <typename Values>
  const auto& one_of(const Values& values) {
    return values[random_->below(std::size(values))];
  }
  // So many characters out of these.
  std::string text(std::string_view alphabet, std::size_t size);
  // The bytes with one bit of this byte changed, or of any.
  Bytes flipped(ByteView bytes, std::size_t at);
  Bytes flipped(ByteView bytes) { return flipped(bytes, size_below(bytes.size())); }

 private:
  std::string layer_;
  std::unique_ptr<RandomSource> random_;
  std::vector<Vector>& out_;
};

void generate_frames(const RandomSource& seed, std::vector<Vector>& out);
void generate_nodes(const RandomSource& seed, std::vector<Vector>& out);
void generate_jids(const RandomSource& seed, std::vector<Vector>& out);
void generate_malformed_nodes(const RandomSource& seed, std::vector<Vector>& out);
void generate_handshakes(const RandomSource& seed, std::vector<Vector>& out);
void generate_keys(const RandomSource& seed, std::vector<Vector>& out);
void generate_sessions(const RandomSource& seed, std::vector<Vector>& out);
void generate_sender_keys(const RandomSource& seed, std::vector<Vector>& out);
void generate_messages(const RandomSource& seed, std::vector<Vector>& out);
void generate_pairing(const RandomSource& seed, std::vector<Vector>& out);

std::vector<Vector> generate_all(std::uint64_t seed);

}  // namespace doublecheck::corpus
