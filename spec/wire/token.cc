#include "spec/wire/token.h"

#include "spec/wire/token_table.h"

namespace doublecheck::wire {

std::string_view token_text(Token token) {
  if (!token.table)
    return token.index < kSingleByteTokens ? kTokenTexts[token.index] : std::string_view();
  if (*token.table >= kTokenTables) return {};
  return kTokenTexts[kSingleByteTokens + *token.table * kTokenTableSize + token.index];
}

std::optional<Token> find_token(std::string_view text) {
  if (text.size() > kLongestToken) return std::nullopt;
  for (std::size_t slot = token_hash(text) % kTokenSlotCount; kTokenSlots[slot] != 0;
       slot = (slot + 1) % kTokenSlotCount) {
    const std::size_t number = kTokenSlots[slot];
    if (kTokenTexts[number] != text) continue;
    if (number < kSingleByteTokens)
      return Token{.table = std::nullopt, .index = static_cast<std::uint8_t>(number)};
    const std::size_t in_tables = number - kSingleByteTokens;
    return Token{.table = static_cast<std::uint8_t>(in_tables / kTokenTableSize),
                 .index = static_cast<std::uint8_t>(in_tables % kTokenTableSize)};
  }
  return std::nullopt;
}

}  // namespace doublecheck::wire
