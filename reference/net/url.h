#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spec/base/result.h"

// Where a connection goes: `ws://host:port/path`, `wss://host:port/path` or `tcp://host:port`.
namespace doublecheck::net {

// The path of the WebSocket upgrade (TRANSPORT-01).
inline constexpr std::string_view kChatPath = "/ws/chat";

inline constexpr std::size_t kMaxUrlBytes = 2048;

enum class Scheme { kTcp, kWs, kWss };

struct Url {
  Scheme scheme = Scheme::kWs;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path;  // with its query; empty for tcp

  // The form that `parse_url` reads, with port and path written out.
  std::string to_string() const;

  // Host and port as an HTTP `Host` header has them.
  std::string authority() const;

  friend bool operator==(const Url&, const Url&) = default;
};

// "ws", "wss" or "tcp".
std::string_view to_string(Scheme scheme);

// Strict: no user information, no fragment, no empty host, visible ASCII only, at most
// kMaxUrlBytes. The port may be left out for ws (80) and wss (443), the path too, which is then
// kChatPath; tcp has a port and no path.
Result<Url> parse_url(std::string_view text);

// Whether a host is this machine under every resolver: `localhost`, or an IP address of the
// loopback network.
bool is_loopback(std::string_view host);

}  // namespace doublecheck::net
