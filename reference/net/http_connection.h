#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "reference/net/carrier.h"
#include "reference/net/tls_context.h"

// The server's end of one HTTP/1.1 connection, with TLS if the client begins with it, up to the
// point where it becomes a WebSocket. Internal to this folder.
namespace doublecheck::net {

// What a connection may take for TLS and one request, and how long it may idle between two.
inline constexpr std::chrono::seconds kRequestTimeout{30};

// Of the request line, and of all header fields together.
inline constexpr std::size_t kMaxRequestHeader = std::size_t{16} * 1024;
inline constexpr std::size_t kMaxRequestBody = std::size_t{4} * 1024 * 1024;

struct HttpRequest {
  std::string method;
  std::string target;         // path and query
  std::string authorization;  // the header, empty without it
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::string content_type;
  std::string body;
};

// Called by the thread that runs the io_context, never once the connection is destroyed; any may
// destroy it.
struct HttpHandlers {
  std::function<HttpResponse(const HttpRequest&)> respond;

  // Whether a path takes WebSocket upgrades.
  std::function<bool(std::string_view path)> is_websocket;

  // One was asked for. `accept`, which may be called once, turns this connection into a carrier;
  // `carrier` is "ws" or "wss".
  using Accept = std::function<std::unique_ptr<Carrier>(CarrierHandlers)>;
  std::function<void(std::string_view carrier, Accept accept)> upgrade;

  // It is over, without having become a carrier.
  std::function<void()> on_closed;
};

class HttpSession;

// The handle of such a connection. Destroying it drops the connection.
class HttpConnection {
 public:
  HttpConnection(boost::asio::io_context& io, boost::asio::ip::tcp::socket socket, TlsContext tls,
                 HttpHandlers handlers);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

 private:
  std::shared_ptr<HttpSession> session_;
};

}  // namespace doublecheck::net
