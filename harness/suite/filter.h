#pragma once

#include <string_view>

namespace doublecheck::harness {

// Whether an id matches one of the patterns, which `:` separates. In a pattern `*` stands for any
// text and `?` for any character.
bool matches_filter(std::string_view id, std::string_view patterns);

}  // namespace doublecheck::harness
