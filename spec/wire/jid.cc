#include "spec/wire/jid.h"

#include <algorithm>
#include <array>

#include "spec/wire/decimal.h"
#include "spec/wire/jid_text.h"

namespace doublecheck::wire {
namespace {

constexpr std::string_view kWhat = "JID";

constexpr std::array kKnownServers = {
    server_name::kUser,      server_name::kLid,        server_name::kHosted,
    server_name::kHostedLid, server_name::kLegacyUser, server_name::kGroup,
    server_name::kBroadcast, server_name::kNewsletter, server_name::kBot,
    server_name::kCall,      server_name::kMessenger,  server_name::kInterop,
};

// What the field of a device can hold: 16 bits in FB_JID and INTEROP_JID, 8 bits in AD_JID.
std::uint16_t max_device(std::string_view server) {
  return server == server_name::kMessenger || server == server_name::kInterop ? UINT16_MAX
                                                                              : UINT8_MAX;
}

}  // namespace

bool is_known_server(std::string_view server) {
  return std::ranges::find(kKnownServers, server) != kKnownServers.end();
}

Result<JidParts> split_jid(std::string_view text) {
  JidParts parts;
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) {
    parts.server = text;
  } else {
    parts.user = text.substr(0, at);
    parts.server = text.substr(at + 1);
  }
  if (parts.server.empty()) return fail(kWhat, "no server", text.size());
  if (parts.server.find('@') != std::string_view::npos)
    return fail(kWhat, "more than one @", text.rfind('@'));
  if (parts.user.empty()) return parts;

  if (const std::size_t colon = parts.user.find(':'); colon != std::string_view::npos) {
    const auto device = parse_decimal(parts.user.substr(colon + 1), UINT16_MAX);
    if (!device)
      return fail(kWhat, "the device is not a number in its shortest form, or too large",
                  colon + 1);
    parts.device = static_cast<std::uint16_t>(*device);
    parts.user = parts.user.substr(0, colon);
    if (parts.user.empty()) return fail(kWhat, "a device without a user", 0);
  }
  if (parts.server == server_name::kInterop) {
    const std::size_t dash = parts.user.find('-');
    const auto integrator = parse_decimal(parts.user.substr(0, dash), UINT16_MAX);
    if (dash != std::string_view::npos && integrator) {
      parts.integrator = static_cast<std::uint16_t>(*integrator);
      parts.user = parts.user.substr(dash + 1);
      if (parts.user.empty()) return fail(kWhat, "an integrator without a user", 0);
    }
  }
  return parts;
}

Result<Jid> parse_jid(std::string_view text) {
  if (!is_utf8(as_bytes(text))) return fail(kWhat, "not UTF-8");
  auto parts = split_jid(text);
  if (!parts) return propagate(parts);
  if (!is_known_server(parts->server)) {
    return fail(kWhat, "unknown server " + std::string(parts->server),
                text.size() - parts->server.size());
  }
  if (parts->device > max_device(parts->server)) {
    return fail(kWhat, "device " + std::to_string(parts->device) + " does not fit its field",
                text.find(':') + 1);
  }
  return Jid{parts->user, parts->server, parts->device, parts->integrator};
}

std::string Jid::to_string() const {
  if (is_server()) return std::string(server.view());
  std::string text;
  if (server == server_name::kInterop) text += std::to_string(integrator) + "-";
  text += user.view();
  if (device != 0) text += ":" + std::to_string(device);
  text += "@";
  text += server.view();
  return text;
}

}  // namespace doublecheck::wire
