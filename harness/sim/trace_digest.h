#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "spec/trace/record.h"

namespace doublecheck::harness::sim {

// A fingerprint of a whole trace, times and bytes included: two runs that differ anywhere differ
// here.
class TraceDigest {
 public:
  void add(const trace::Record& record);

  std::string to_string() const;  // 16 hexadecimal digits

 private:
  std::array<std::uint8_t, 32> state_{};
};

}  // namespace doublecheck::harness::sim
