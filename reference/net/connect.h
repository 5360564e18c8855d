#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/net/carrier.h"
#include "reference/net/url.h"

namespace boost::asio {
class io_context;
}

// Connections to a server.
namespace doublecheck::net {

struct ConnectOptions {
  // For everything until the connection is open: TCP, TLS and the WebSocket handshake.
  std::chrono::milliseconds timeout{10'000};

  // Only connections to this machine are made, so that nothing ever reaches the real service by
  // accident, unless the host of the URL is exactly this one.
  std::optional<std::string> allow_remote_host = {};

  // Certificates are only checked on demand: who the server is, the Noise handshake inside shows.
  // These PEM certificates are trusted then, or, if there are none, those of the system.
  bool verify_tls = false;
  std::string trusted_certificates = {};

  // Of the upgrade request.
  std::optional<std::string> origin = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Begins to connect. A connection that cannot be made is one that is closed at once, with
// kNotConnected.
std::unique_ptr<Carrier> connect(boost::asio::io_context& io, const Url& url,
                                 const ConnectOptions& options, CarrierHandlers handlers);

}  // namespace doublecheck::net
