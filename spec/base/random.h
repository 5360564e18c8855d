#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "spec/base/bytes.h"

// Randomness as an argument. The same seed gives the same bytes on every machine and compiler: draw
// once per statement, name sub-streams with `fork`, and never use std:: distributions.
namespace doublecheck {

class RandomSource {
 public:
  virtual ~RandomSource() = default;

  virtual void fill(std::span<std::uint8_t> out) = 0;

  // An independent stream named by a label and a number, unaffected by what was or will be drawn
  // from this one.
  virtual std::unique_ptr<RandomSource> fork(std::string_view label,
                                             std::uint64_t id = 0) const = 0;

  Bytes bytes(std::size_t size);
  std::uint32_t u32();
  std::uint64_t u64();

  // Uniform in [0, bound), for a bound above 0.
  std::uint64_t below(std::uint64_t bound);

  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> array() {
    std::array<std::uint8_t, kSize> out;
    fill(out);
    return out;
  }
};

// Deterministic: SHA-256 in counter mode under a key derived from the seed.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed);
  explicit SeededRandom(ByteView key);

  void fill(std::span<std::uint8_t> out) override;
  std::unique_ptr<RandomSource> fork(std::string_view label, std::uint64_t id) const override;

 private:
  std::array<std::uint8_t, 32> key_;
  std::array<std::uint8_t, 32> block_{};
  std::uint64_t next_block_ = 0;
  std::size_t used_ = 32;
};

// The operating system's, by way of OpenSSL.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override;
  std::unique_ptr<RandomSource> fork(std::string_view label, std::uint64_t id) const override;
};

}  // namespace doublecheck
