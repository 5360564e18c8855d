#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "spec/base/bytes.h"

// Reads big-endian integers and byte strings from the front of a buffer. A read that the buffer
// cannot satisfy yields nothing and consumes nothing.
namespace doublecheck {

class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  bool at_end() const { return remaining() == 0; }
  ByteView rest() const { return bytes_.subspan(offset_); }

  std::optional<std::uint8_t> u8() {
    if (remaining() < 1) return std::nullopt;
    return bytes_[offset_++];
  }
  std::optional<std::uint16_t> u16() { return integer<std::uint16_t, 2>(); }
  std::optional<std::uint32_t> u24() { return integer<std::uint32_t, 3>(); }
  std::optional<std::uint32_t> u32() { return integer<std::uint32_t, 4>(); }

  // The next `size` bytes, not copied.
  std::optional<ByteView> take(std::size_t size) {
    if (remaining() < size) return std::nullopt;
    const ByteView taken = bytes_.subspan(offset_, size);
    offset_ += size;
    return taken;
  }

 private:
  template <typename Integer, std::size_t kSize>
  std::optional<Integer> integer() {
    if (remaining() < kSize) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value = value << 8 | bytes_[offset_++];
    return static_cast<Integer>(value);
  }

  ByteView bytes_;
  std::size_t offset_ = 0;
};

}  // namespace doublecheck
