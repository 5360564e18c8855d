#include "harness/report/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace doublecheck::report {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t size;  // in octets; 0: the text does not start with well-formed UTF-8
};

// The code point at the front of a text that is not empty, by the table of well-formed sequences of
// the Unicode standard.
CodePoint first_code_point(std::string_view text) {
  constexpr CodePoint kIllFormed = {0, 0};
  const auto octet = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = octet(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return kIllFormed;
  char32_t value = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return kIllFormed;
    value = value << 6 | (octet(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[size] || surrogate || value > 0x10ffff) return kIllFormed;
  return {value, size};
}

// Not to be shown as itself: it is invisible, changes how its neighbours are shown, or is not a
// character.
bool is_deceptive(char32_t c) {
  if (c == '\n' || c == '\t') return false;
  constexpr std::array<std::pair<char32_t, char32_t>, 13> kRanges = {{
      {0x0000, 0x001f},    // C0 controls
      {0x007f, 0x009f},    // delete and C1 controls
      {0x00ad, 0x00ad},    // soft hyphen
      {0x061c, 0x061c},    // Arabic letter mark
      {0x180e, 0x180e},    // Mongolian vowel separator
      {0x200b, 0x200f},    // zero-width characters, direction marks
      {0x2028, 0x202e},    // separators, direction embeddings and overrides
      {0x2060, 0x206f},    // word joiner, direction isolates, deprecated format characters
      {0xfdd0, 0xfdef},    // non-characters
      {0xfeff, 0xfeff},    // byte order mark
      {0xfff9, 0xfffb},    // interlinear annotation
      {0xe0000, 0xe007f},  // tags
      {0xf0000, 0x10ffff}  // private use planes and their non-characters
  }};
  const bool last_two_of_plane = (c & 0xfffe) == 0xfffe;
  return last_two_of_plane || std::ranges::any_of(kRanges, [c](const auto& range) {
           return range.first <= c && c <= range.second;
         });
}

template <typename Reference>
std::string replaced(std::string_view text, Reference reference_of) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view reference = reference_of(c);
    if (reference.empty()) {
      out.push_back(c);
    } else {
      out.append(reference);
    }
  }
  return out;
}

std::string_view markup_reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

std::string_view attribute_reference(char c) {
  switch (c) {
    case '\n':
      return "&#10;";
    case '\t':
      return "&#9;";
    default:
      return markup_reference(c);
  }
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.size == 0) {
      out += fmt::format("\\x{{{:02x}}}", static_cast<std::uint8_t>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    if (is_deceptive(next.value)) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(next.value));
    } else {
      out += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
  return out;
}

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = first_code_point(text).size;
    out += size == 0 ? "\ufffd" : text.substr(0, size);
    text.remove_prefix(std::max(size, std::size_t{1}));
  }
  return out;
}

std::string clipped(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return std::string(text);
  std::size_t end = max_size;
  constexpr std::size_t kLongestTail = 3;  // continuation octets of one character
  for (std::size_t back = 0; back <= std::min(kLongestTail, max_size); ++back) {
    const std::size_t start = max_size - back;
    const CodePoint cut = first_code_point(text.substr(start));
    if (cut.size > 0) {
      if (start + cut.size > max_size) end = start;
      break;
    }
  }
  return fmt::format("{}… ({} more octets)", text.substr(0, end), text.size() - end);
}

std::string escape_markup(std::string_view text) {
  return replaced(visible(text), markup_reference);
}

std::string escape_attribute(std::string_view text) {
  return replaced(visible(text), attribute_reference);
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds <= 0) return "0 s";
  // Each bound is where rounding would reach the next unit.
  if (seconds < 0.0009995) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 9.995) return fmt::format("{:.2f} s", seconds);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const double whole = std::round(seconds);
  if (whole >= 1e15) return fmt::format("{:.3g} s", seconds);
  const auto total = static_cast<std::uint64_t>(whole);
  if (total < 3600) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total % 3600 / 60);
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

}  // namespace doublecheck::report
