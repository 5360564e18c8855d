#pragma once

#include <cstddef>

// Every limit of pairing, in one place. Each is tested at the limit and one past it.
namespace doublecheck::pairing {

// The text of a QR code: what the largest symbol (version 40-L, byte mode) can hold.
inline constexpr std::size_t kMaxQrText = 2953;

// One ADV structure. Real ones are below 300 bytes; a key index list grows by a byte or two for
// each device.
inline constexpr std::size_t kMaxAdvStructure = 16 * 1024;

}  // namespace doublecheck::pairing
