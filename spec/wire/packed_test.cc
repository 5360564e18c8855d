#include "spec/wire/packed.h"

#include <gtest/gtest.h>

#include <array>

#include "spec/base/text_encoding.h"

namespace doublecheck::wire {
namespace {

std::optional<std::string> unpacked(PackedAlphabet alphabet, std::string_view hex, bool odd) {
  std::array<char, kMaxUnpackedCharacters> characters;
  const auto count = unpack(alphabet, from_hex(hex).value(), odd, characters);
  return count ? std::optional(std::string(characters.data(), *count)) : std::nullopt;
}

std::string packed(PackedAlphabet alphabet, std::string_view text) {
  std::array<std::uint8_t, kMaxPackedBytes> bytes;
  const std::size_t size = pack(alphabet, text, bytes);
  return to_hex(ByteView(bytes).first(size));
}

TEST(Packed, TheFirstAlphabetThatFitsIsTaken) {
  EXPECT_EQ(packed_alphabet("0123456789-."), PackedAlphabet::kNibble);
  EXPECT_EQ(packed_alphabet("0123456789ABCDEF"), PackedAlphabet::kHex);
  EXPECT_EQ(packed_alphabet("1234"), PackedAlphabet::kNibble);
  for (const char* const text : {"", "AB-", "AB.", "abc", "12a", "1 2", "G", "\xff", "12\x80"}) {
    EXPECT_EQ(packed_alphabet(text), std::nullopt) << text;
  }
}

TEST(Packed, OnlyShortTextsArePacked) {
  EXPECT_EQ(packed_alphabet(std::string(kMaxPackedCharacters, '7')), PackedAlphabet::kNibble);
  EXPECT_EQ(packed_alphabet(std::string(kMaxPackedCharacters + 1, '7')), std::nullopt);
  EXPECT_EQ(packed_alphabet(std::string(kMaxPackedCharacters, 'F')), PackedAlphabet::kHex);
  EXPECT_EQ(packed_alphabet(std::string(kMaxPackedCharacters + 1, 'F')), std::nullopt);
}

TEST(Packed, TwoCharactersToAByteAndPaddingOf15) {
  EXPECT_EQ(packed(PackedAlphabet::kNibble, "0123456789-."), "0123456789ab");
  EXPECT_EQ(packed(PackedAlphabet::kNibble, "27.45-1"), "27b45a1f");
  EXPECT_EQ(packed(PackedAlphabet::kHex, "CAFE"), "cafe");
  EXPECT_EQ(packed(PackedAlphabet::kHex, "CAF"), "caff");
  EXPECT_EQ(packed(PackedAlphabet::kNibble, std::string(kMaxPackedCharacters, '7')),
            std::string(127, '7') + "f");
}

TEST(Packed, UnpacksWhatWasPacked) {
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, "27b45a1f", true), "27.45-1");
  EXPECT_EQ(unpacked(PackedAlphabet::kHex, "cafe", false), "CAFE");
  EXPECT_EQ(unpacked(PackedAlphabet::kHex, "caff", false), "CAFF");
  EXPECT_EQ(unpacked(PackedAlphabet::kHex, "", false), "");
}

TEST(Packed, AnyCharacterOr15IsPadding) {
  for (const char* const padded : {"0", "9", "a", "b", "f"}) {
    EXPECT_EQ(unpacked(PackedAlphabet::kNibble, std::string("123") + padded, true), "123")
        << padded;
  }
  for (const char* const padded : {"c", "d", "e"}) {
    EXPECT_EQ(unpacked(PackedAlphabet::kNibble, std::string("123") + padded, true), std::nullopt)
        << padded;
  }
  EXPECT_EQ(unpacked(PackedAlphabet::kHex, "abc7", true), "ABC");
}

TEST(Packed, WhatIsNoCharacterIsRefused) {
  for (const char* const hex : {"c0", "d0", "e0", "f0", "0c", "0d", "0e", "0f", "ff", "0f12"}) {
    EXPECT_EQ(unpacked(PackedAlphabet::kNibble, hex, false), std::nullopt) << hex;
  }
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, "ff", true), std::nullopt);
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, "1f2f", true), std::nullopt);
}

TEST(Packed, SizesAreBounded) {
  std::string most;
  for (std::size_t i = 0; i < kMaxUnpackedCharacters; ++i) most.push_back(i % 2 == 0 ? '1' : '2');
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, most, false), most);
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, most + "12", false), std::nullopt);
  EXPECT_EQ(unpacked(PackedAlphabet::kNibble, "", true), std::nullopt);
  EXPECT_EQ(unpacked(PackedAlphabet::kHex, "", true), std::nullopt);
}

}  // namespace
}  // namespace doublecheck::wire
