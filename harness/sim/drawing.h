#pragma once

#include <cstdint>

#include "spec/base/random.h"
#include "spec/base/time.h"

namespace doublecheck::harness::sim {

// Uniform between both, which count.
inline std::uint64_t draw_between(std::uint64_t least, std::uint64_t most, RandomSource& random) {
  return least + random.below(most - least + 1);
}
inline Duration draw_between(Duration least, Duration most, RandomSource& random) {
  const auto range = static_cast<std::uint64_t>((most - least).count());
  return least + Duration(static_cast<Duration::rep>(random.below(range + 1)));
}

// Any order of magnitude is as likely as any other: between 1 and 2^bits - 1.
inline std::uint64_t draw_magnitude(unsigned bits, RandomSource& random) {
  const std::uint64_t magnitude = random.below(bits);
  const std::uint64_t low = std::uint64_t{1} << magnitude;
  return low + random.below(low);
}

}  // namespace doublecheck::harness::sim
