#pragma once

#include <iostream>
#include <string>

namespace doublecheck::harness {

// A line for the user, at once.
inline void print(const std::string& line) { std::cout << line << std::endl; }

}  // namespace doublecheck::harness
