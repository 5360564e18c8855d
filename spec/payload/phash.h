#pragma once

#include <cstdint>
#include <span>
#include <string>

// Participant hashes: what sender and server compare to see whether they address the same devices.
namespace doublecheck::payload {

struct DeviceAddress {
  std::string user;
  std::string server;
  std::uint16_t device = 0;

  bool operator==(const DeviceAddress&) const = default;
};

// The right form, and those that libraries compute instead: naming what a peer sends makes a
// mismatch readable.
enum class PhashForm {
  kStandard,  // `2:` and base64 of 6 digest bytes over sorted `user.0:device@server` (MESSAGE-09)
  kUrlSafe,   // the same in the URL-safe alphabet
  kPlainJid,  // over sorted `user:device@server`, `user@server` for device 0
  kPlainJidSixCharacters,  // the same, and only six characters of it
};

// Order and repetition as in the list: the devices are sorted, not made unique.
std::string phash(std::span<const DeviceAddress> devices, PhashForm form = PhashForm::kStandard);

}  // namespace doublecheck::payload
