#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Octets, owned and borrowed, and their text forms.
namespace doublecheck {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The bytes of a text, and the text of bytes. Neither copies; the result lives as long as the
// argument.
inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }
inline std::string to_text(ByteView bytes) { return std::string(as_text(bytes)); }

inline void append(Bytes& to, ByteView what) { to.insert(to.end(), what.begin(), what.end()); }

// The parts one after the other.
Bytes concat(std::initializer_list<ByteView> parts);

// Whether both hold the same octets. Not for secrets: use `equal_in_constant_time` of crypto.h.
bool equal(ByteView left, ByteView right);

// Well-formed UTF-8 without surrogates or overlong forms (RFC 3629).
bool is_utf8(ByteView bytes);

}  // namespace doublecheck
