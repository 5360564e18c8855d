#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace doublecheck::harness {

// The ids that somebody who typed `id` may have meant, the likeliest first: those that contain it,
// and those that a few changes of letters make of it.
std::vector<std::string> near_misses(std::string_view id, const std::vector<std::string>& ids,
                                     std::size_t at_most = 3);

}  // namespace doublecheck::harness
