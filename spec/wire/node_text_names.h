#pragma once

#include <algorithm>
#include <string_view>

namespace doublecheck::wire {

constexpr bool is_name_character(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '-' || character == '.' ||
         character == '_' || character == ':';
}

// Whether a tag or the name of an attribute is written without quotes in the text form of nodes.
constexpr bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, is_name_character);
}

}  // namespace doublecheck::wire
