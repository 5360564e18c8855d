#pragma once

#include <string_view>

#include "harness/suite/case.h"

namespace doublecheck::harness {

// A case that fails whatever it is run against. Who lets it run sees whether a failure reaches
// those who should know of it. It is none of `all_cases`; the role is "server", "client" or
// "codec".
const Case& canary(std::string_view role);

}  // namespace doublecheck::harness
