#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "spec/base/bytes.h"
#include "spec/wire/limits.h"

// Packed strings: two characters to a byte, in one of two alphabets, the first character in the
// high half. The last half of an odd number of characters is padding (NODE-22 … NODE-28).
namespace doublecheck::wire {

enum class PackedAlphabet {
  kNibble,  // 0-9 - .
  kHex,     // 0-9 A-F
};

inline constexpr std::size_t kMaxPackedBytes = (kMaxPackedCharacters + 1) / 2;

// The alphabet in which an encoder packs the text: the first that holds all its characters. Nothing
// for a text that travels unpacked, which includes an empty one and one of more than
// kMaxPackedCharacters.
std::optional<PackedAlphabet> packed_alphabet(std::string_view text);

// Writes the text to `to`, two characters to a byte with 15 as padding, and says how many bytes
// that are. All characters have to be in the alphabet, and no more than kMaxPackedCharacters.
std::size_t pack(PackedAlphabet alphabet, std::string_view text,
                 std::span<std::uint8_t, kMaxPackedBytes> to);

// What the 7-bit count of a packed string can amount to; a decoder must read all of it (NODE-25).
inline constexpr std::size_t kMaxUnpackedCharacters = 2 * 0x7f;

// Writes the characters of `packed` to `to`, and says how many. If the number of characters is
// `odd`, the last half is padding, for which 15 is accepted and so is whatever is a character
// (NODE-28). Nothing for any other half-byte that is no character, for more bytes than a count can
// express, and for an odd number of characters in no bytes.
std::optional<std::size_t> unpack(PackedAlphabet alphabet, ByteView packed, bool odd,
                                  std::span<char, kMaxUnpackedCharacters> to);

}  // namespace doublecheck::wire
