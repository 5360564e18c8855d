#pragma once

#include <vector>

#include "harness/suite/case.h"

namespace doublecheck::harness {

// Cases that fail whatever they are run against, one for each role. Who lets one run sees whether a
// failure reaches those who should know of it. They are none of `all_cases`.
const std::vector<Case>& canaries();

}  // namespace doublecheck::harness
