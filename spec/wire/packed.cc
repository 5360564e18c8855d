#include "spec/wire/packed.h"

#include <array>

namespace doublecheck::wire {
namespace {

constexpr std::uint8_t kPadding = 15;
constexpr std::uint8_t kNotPacked = 0xff;

constexpr std::string_view kNibbleCharacters = "0123456789-.";
constexpr std::string_view kHexCharacters = "0123456789ABCDEF";

constexpr std::string_view characters(PackedAlphabet alphabet) {
  return alphabet == PackedAlphabet::kNibble ? kNibbleCharacters : kHexCharacters;
}

// The half-byte of each character.
using HalfBytes = std::array<std::uint8_t, 256>;
constexpr HalfBytes half_bytes(std::string_view alphabet) {
  HalfBytes table{};
  table.fill(kNotPacked);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr HalfBytes kNibbleHalfBytes = half_bytes(kNibbleCharacters);
constexpr HalfBytes kHexHalfBytes = half_bytes(kHexCharacters);

}  // namespace

std::optional<PackedAlphabet> packed_alphabet(std::string_view text) {
  if (text.empty() || text.size() > kMaxPackedCharacters) return std::nullopt;
  bool nibble = true;
  bool hex = true;
  for (const char character : text) {
    const auto index = static_cast<std::uint8_t>(character);
    nibble &= kNibbleHalfBytes[index] != kNotPacked;
    hex &= kHexHalfBytes[index] != kNotPacked;
    if (!nibble && !hex) return std::nullopt;
  }
  return nibble ? PackedAlphabet::kNibble : PackedAlphabet::kHex;
}

std::size_t pack(PackedAlphabet alphabet, std::string_view text,
                 std::span<std::uint8_t, kMaxPackedBytes> to) {
  const HalfBytes& table = alphabet == PackedAlphabet::kNibble ? kNibbleHalfBytes : kHexHalfBytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::uint8_t high = table[static_cast<std::uint8_t>(text[i])];
    const std::uint8_t low =
        i + 1 < text.size() ? table[static_cast<std::uint8_t>(text[i + 1])] : kPadding;
    to[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return (text.size() + 1) / 2;
}

std::optional<std::size_t> unpack(PackedAlphabet alphabet, ByteView packed, bool odd,
                                  std::span<char, kMaxUnpackedCharacters> to) {
  if (packed.size() > to.size() / 2 || (odd && packed.empty())) return std::nullopt;
  const std::string_view table = characters(alphabet);
  const std::size_t count = 2 * packed.size() - (odd ? 1 : 0);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const std::uint8_t high = packed[i] >> 4;
    const std::uint8_t low = packed[i] & 0x0f;
    if (high >= table.size()) return std::nullopt;
    to[2 * i] = table[high];
    if (low < table.size()) {
      to[2 * i + 1] = table[low];
    } else if (low != kPadding || 2 * i + 1 < count) {
      return std::nullopt;
    }
  }
  return count;
}

}  // namespace doublecheck::wire
