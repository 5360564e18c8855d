#pragma once

#include <set>
#include <string>

namespace doublecheck::harness {

// The names of what a client can be asked for, all of them: the capabilities of README.md.
const std::set<std::string>& known_capabilities();

}  // namespace doublecheck::harness
