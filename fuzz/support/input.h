#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "spec/base/bytes.h"

// Reads decisions from the bytes of a fuzzer. Every input is valid: when the bytes are used up,
// numbers are 0 and byte strings empty. Whatever is read is a prefix of the input, so a change to
// one decision leaves those before it as they were.
namespace doublecheck::fuzz {

class Input {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::uint8_t u8() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::uint16_t u16() {
    const std::uint8_t high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  bool flag() { return u8() % 2 != 0; }

  // A number below `bound`, which is at most 256.
  std::size_t below(std::size_t bound) { return u8() % bound; }

  // One element of an array.
  template <typename Choices>
  decltype(auto) one_of(const Choices& choices) {
    return choices[below(std::size(choices))];
  }

  // A byte string with its 16-bit length in front; what there is of it, if that is less.
  ByteView bytes() { return take(u16()); }
  // The same with an 8-bit length.
  ByteView short_bytes() { return take(u8()); }
  ByteView take(std::size_t size) {
    const ByteView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  ByteView rest() { return take(rest_.size()); }

 private:
  ByteView rest_;
};

}  // namespace doublecheck::fuzz
