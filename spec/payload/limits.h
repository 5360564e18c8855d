#pragma once

#include <cstddef>

// Every limit of the payload layer, in one place. Each is tested at the limit and one past it.
namespace doublecheck::payload {

// Bytes of padding behind a message (MESSAGE-01).
inline constexpr std::size_t kMaxPadding = 16;

// An encoded message: no frame can carry more.
inline constexpr std::size_t kMaxMessageSize = 0xffffff;

// What the compressed history of one notification may inflate to.
inline constexpr std::size_t kMaxInflatedHistory = std::size_t{64} * 1024 * 1024;

}  // namespace doublecheck::payload
