#pragma once

#include <functional>
#include <string>

namespace doublecheck::harness {

// An implementation under test that is there, and has not been asked for anything yet.
struct Started {
  int process = 0;      // its process id
  std::string address;  // what it will be told to connect to, or "its pipes"
};

// For whoever wants to look on with a debugger. No time limit runs until it returns.
using WhenStarted = std::function<void(const Started&)>;

}  // namespace doublecheck::harness
