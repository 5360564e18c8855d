#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"

// Bytes as printable text: hexadecimal and base64 (RFC 4648).
namespace doublecheck {

// Lower-case hexadecimal, two digits a byte, no separators.
std::string to_hex(ByteView bytes);

// Either case; nothing for an odd number of digits or any other character.
std::optional<Bytes> from_hex(std::string_view text);

// Standard alphabet with padding.
std::string to_base64(ByteView bytes);

// Standard alphabet; padding required, no white space, unused bits zero: one text for each byte
// string.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace doublecheck
