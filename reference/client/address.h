#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace doublecheck::client {

// A device, under the one name by which the client keeps what it knows of it: its LID as soon as
// that is known, its phone number before (DEVICE-15).
struct Address {
  std::string user;
  std::string server;
  std::uint16_t device = 0;

  Address account() const { return {user, server, 0}; }
  bool same_account(const Address& other) const {
    return user == other.user && server == other.server;
  }

  friend auto operator<=>(const Address&, const Address&) = default;
};

}  // namespace doublecheck::client
