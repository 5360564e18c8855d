#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The token dictionary, version 3: strings that travel as one byte, or as two (NODE-18). Generated
// from tokens.json.
namespace doublecheck::wire {

// Where a string is in the dictionary: `table` 0 … 3 with an index of one byte each, or no table
// for the single-byte tokens 1 … 235, whose index is the byte itself.
struct Token {
  std::optional<std::uint8_t> table;
  std::uint8_t index = 0;

  friend bool operator==(const Token&, const Token&) = default;
};

inline constexpr std::size_t kSingleByteTokens = 236;  // index 0 is unused
inline constexpr std::size_t kTokenTables = 4;

// The string of a token, empty for one that does not exist. The view is to static storage.
std::string_view token_text(Token token);

std::optional<Token> find_token(std::string_view text);

}  // namespace doublecheck::wire
