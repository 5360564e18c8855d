#pragma once

#include <array>
#include <cstdint>

namespace doublecheck::pairing {

// What the companion shows the phone and the service never sees: it authenticates the signed device
// identity that comes back. Code pairing derives another one (CODE-10).
using AdvSecret = std::array<std::uint8_t, 32>;

}  // namespace doublecheck::pairing
