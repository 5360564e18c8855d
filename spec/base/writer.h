#pragma once

#include <cstdint>
#include <utility>

#include "spec/base/bytes.h"

// Appends big-endian integers and byte strings to a buffer.
namespace doublecheck {

class Writer {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  // The low 24 bits.
  void u24(std::uint32_t value) {
    u8(static_cast<std::uint8_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void bytes(ByteView value) { append(bytes_, value); }

  std::size_t size() const { return bytes_.size(); }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  const Bytes& written() const { return bytes_; }
  Bytes take() { return std::exchange(bytes_, {}); }

 private:
  Bytes bytes_;
};

}  // namespace doublecheck
