#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spec/base/result.h"
#include "spec/wire/text.h"

// JIDs: who or what a stanza is from, to or about.
namespace doublecheck::wire {

// The servers that have a meaning of their own. Others are carried as opaque text (NODE-69).
namespace server_name {
inline constexpr std::string_view kUser = "s.whatsapp.net";  // accounts by phone number (PN)
inline constexpr std::string_view kLid = "lid";              // accounts by hidden id (LID)
inline constexpr std::string_view kHosted = "hosted";
inline constexpr std::string_view kHostedLid = "hosted.lid";
inline constexpr std::string_view kLegacyUser = "c.us";
inline constexpr std::string_view kGroup = "g.us";
inline constexpr std::string_view kBroadcast = "broadcast";
inline constexpr std::string_view kNewsletter = "newsletter";
inline constexpr std::string_view kBot = "bot";
inline constexpr std::string_view kCall = "call";
inline constexpr std::string_view kMessenger = "msgr";
inline constexpr std::string_view kInterop = "interop";
}  // namespace server_name

struct Jid {
  Text user;                     // empty: the server itself
  Text server;                   // never empty
  std::uint16_t device = 0;      // 0: the account itself, or its primary device
  std::uint16_t integrator = 0;  // only with server `interop`

  static Jid of_server(std::string_view server = server_name::kUser) { return {{}, server, 0, 0}; }
  static Jid of_user(std::string_view user, std::uint16_t device = 0) {
    return {user, server_name::kUser, device, 0};
  }
  static Jid of_lid(std::string_view user, std::uint16_t device = 0) {
    return {user, server_name::kLid, device, 0};
  }

  bool is_server() const { return user.empty(); }

  // The account: the same JID without its device.
  Jid account() const { return {user, server, 0, integrator}; }

  // `user@server`, `user:device@server` when the device is not 0, `server` without a user, and
  // `integrator-user:device@interop`.
  std::string to_string() const;

  friend bool operator==(const Jid&, const Jid&) = default;
};

// Reads the canonical text form, also `@server`; digits of a device without leading zeros and at
// most 255 (65535 for msgr and interop); a known server only. Everything else is an error that says
// why.
Result<Jid> parse_jid(std::string_view text);

}  // namespace doublecheck::wire
