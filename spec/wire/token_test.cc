#include "spec/wire/token.h"

#include <gtest/gtest.h>

#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::wire {
namespace {

std::vector<Token> all_tokens() {
  std::vector<Token> tokens;
  for (unsigned index = 1; index < kSingleByteTokens; ++index) {
    tokens.push_back({.table = std::nullopt, .index = static_cast<std::uint8_t>(index)});
  }
  for (unsigned table = 0; table < kTokenTables; ++table) {
    for (unsigned index = 0; index < 256; ++index) {
      tokens.push_back(
          {.table = static_cast<std::uint8_t>(table), .index = static_cast<std::uint8_t>(index)});
    }
  }
  return tokens;
}

TEST(Token, TheDictionaryIsVersion3) {
  std::string lines;
  for (const Token token : all_tokens()) lines.append(token_text(token)).append("\n");
  EXPECT_EQ(to_hex(sha256(as_bytes(lines))),
            "ef926cb519ca007114d8bd5b562e25bc39b887f8bb313e4be89e283caa285513");
}

TEST(Token, EveryTokenIsFoundByItsText) {
  for (const Token token : all_tokens()) {
    EXPECT_FALSE(token_text(token).empty());
    EXPECT_EQ(find_token(token_text(token)), token) << token_text(token);
  }
}

TEST(Token, KnownPlaces) {
  EXPECT_EQ(token_text({.table = std::nullopt, .index = 0x19}), "iq");
  EXPECT_EQ(token_text({.table = 0, .index = 4}), "reaction");
  EXPECT_EQ(find_token("s.whatsapp.net"), (Token{.table = std::nullopt, .index = 3}));
  EXPECT_EQ(find_token("."), (Token{.table = 0, .index = 0xcc}));
}

TEST(Token, WhatIsNoTokenIsNotFound) {
  for (const Token token : all_tokens()) {
    const std::string text(token_text(token));
    for (const std::string& other :
         {text + "\x01", "\x01" + text, std::string(text).append(1, '\0')}) {
      EXPECT_EQ(find_token(other), std::nullopt) << text;
    }
  }
  EXPECT_EQ(find_token(""), std::nullopt);
  EXPECT_EQ(find_token("IQ"), std::nullopt);
  EXPECT_EQ(find_token(std::string(1000, 'a')), std::nullopt);
}

TEST(Token, PlacesWithoutATokenAreEmpty) {
  EXPECT_EQ(token_text({.table = std::nullopt, .index = 0}), "");
  EXPECT_EQ(token_text({.table = std::nullopt, .index = 236}), "");
  EXPECT_EQ(token_text({.table = std::nullopt, .index = 255}), "");
  EXPECT_EQ(token_text({.table = 4, .index = 0}), "");
}

}  // namespace
}  // namespace doublecheck::wire
