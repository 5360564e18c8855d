#pragma once

#include <cstdint>
#include <vector>

#include "reference/server/account.h"
#include "reference/server/config.h"

namespace doublecheck::server {

// The devices of an account that others are told of: the phone, unless it is configured that there
// is none, and the companions.
inline std::vector<std::uint16_t> listed_devices(const Account& account, const Config& config) {
  std::vector<std::uint16_t> numbers;
  if (config.first_device != 0) numbers.push_back(0);
  for (const auto& [number, device] : account.devices) numbers.push_back(number);
  return numbers;
}

}  // namespace doublecheck::server
