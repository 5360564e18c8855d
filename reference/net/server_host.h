#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reference/net/clock.h"
#include "reference/server/admin.h"
#include "reference/server/effect.h"
#include "reference/store/sqlite_store.h"
#include "spec/base/result.h"

namespace boost::asio {
class io_context;
}
namespace doublecheck::server {
class Server;
}

// The reference server on sockets. One port takes, with and without TLS, WebSocket connections at
// kChatPath, `GET /` for those who wait until it is ready, and the admin API of
// reference/server/README.md; another takes the same byte stream over plain TCP.
namespace doublecheck::net {

// Open connections of all kinds. Beyond it, new ones are dropped.
inline constexpr std::size_t kMaxConnections = 4096;

struct ServerHostOptions {
  std::string address = "127.0.0.1";           // to listen on
  std::uint16_t http_port = 0;                 // 0: any free one
  std::optional<std::uint16_t> tcp_port = {};  // 0: any free one; nothing: no TCP port

  // PEM files. Without them a self-signed certificate for localhost is made at start.
  std::optional<std::string> certificate_file = {};
  std::optional<std::string> private_key_file = {};

  bool admin = true;
  std::optional<std::string> admin_token = {};     // required as `Authorization: Bearer`
  std::map<std::string, std::string> routes = {};  // other paths, each for one of the admin API

  std::size_t max_connections = kMaxConnections;

  // The store failed, and the server refuses service. Called once, by the io_context; it must not
  // destroy the host.
  std::function<void(const std::string& why)> on_store_failed = {};
};

class ServerHost {
 public:
  // A line for the operator, about a connection, or about the host itself when it is 0.
  using Log = std::function<void(server::ConnectionId, std::string_view line)>;

  // Listens and serves while the io_context runs. The server and the clock outlive the host; nobody
  // else calls the server's inputs, but by way of this host. With a store the server goes on from
  // what that holds, and clients hear of nothing before it is there; the admin API answers at once.
  static Result<std::unique_ptr<ServerHost>> start(boost::asio::io_context& io,
                                                   server::Server& server, const Clock& clock,
                                                   ServerHostOptions options, Log log = {},
                                                   std::optional<store::SqliteStore> store = {});

  // Drops every connection.
  ~ServerHost();

  std::uint16_t http_port() const;
  std::optional<std::uint16_t> tcp_port() const;

  // The TLS certificate, for clients that check it.
  const std::string& certificate_pem() const;

  // Open connections, those that only speak HTTP included.
  std::size_t connections() const;

  // A command from within the process: what the admin API does, without HTTP.
  server::AdminReply admin(const server::AdminCommand& command);

  // Carries out what the server said when it was called directly, to inject stanzas for example.
  void carry_out(server::Effects effects);

  // Waits until the store holds everything, for a host that serves no more. Whether it does.
  Result<> finish_store();

  // Looks at the clock again. Needed after a clock that is not the machine's was moved.
  void clock_changed();

 private:
  class Implementation;
  explicit ServerHost(std::shared_ptr<Implementation> implementation);

  std::shared_ptr<Implementation> implementation_;
};

}  // namespace doublecheck::net
