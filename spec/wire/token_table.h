#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec/wire/token.h"

// The generated tables behind token.h, for the codec, which looks tokens up for nearly every byte
// that it reads. A token has a number here: 1 … 235 are the single-byte tokens, and 236 + 256 *
// table + index those of the tables.
namespace doublecheck::wire {

inline constexpr std::size_t kTokenTableSize = 256;
inline constexpr std::size_t kTokenNumbers = kSingleByteTokens + kTokenTables * kTokenTableSize;
inline constexpr std::size_t kLongestToken = 48;

extern const std::array<std::string_view, kTokenNumbers> kTokenTexts;

// Open addressing with linear probing: a token's number is in the first slot from `token_hash(text)
// % size` on that holds it, and no slot before that one is 0, which means empty. Less than a third
// of the slots are in use.
inline constexpr std::size_t kTokenSlotCount = 4096;
extern const std::array<std::uint16_t, kTokenSlotCount> kTokenSlots;

// FNV-1a.
constexpr std::uint32_t token_hash(std::string_view text) {
  std::uint32_t hash = 0x811c9dc5;
  for (const char character : text)
    hash = (hash ^ static_cast<std::uint8_t>(character)) * 0x01000193;
  return hash;
}

}  // namespace doublecheck::wire
