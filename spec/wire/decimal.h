#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace doublecheck::wire {

// A decimal number of at most `max`, the only spelling of its value: digits without a sign or
// leading zeros.
inline std::optional<std::uint64_t> parse_decimal(std::string_view text,
                                                  std::uint64_t max = UINT64_MAX) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace doublecheck::wire
