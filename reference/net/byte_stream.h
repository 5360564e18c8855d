#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <utility>
#include <variant>

// A TCP socket, with TLS on it or without: one type, so that what is built on it is compiled once.
// Internal to this folder.
namespace doublecheck::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Models Beast's AsyncStream.
class ByteStream {
 public:
  using Tls = boost::asio::ssl::stream<tcp::socket>;
  using executor_type = tcp::socket::executor_type;

  explicit ByteStream(tcp::socket socket) : stream_(std::move(socket)) {}
  // The handshake is the caller's.
  ByteStream(tcp::socket socket, boost::asio::ssl::context& context)
      : stream_(std::in_place_type<Tls>, std::move(socket), context) {}

  Tls* tls() { return std::get_if<Tls>(&stream_); }
  tcp::socket& socket() {
    Tls* const encrypted = tls();
    return encrypted != nullptr ? encrypted->next_layer() : std::get<tcp::socket>(stream_);
  }
  executor_type get_executor() { return socket().get_executor(); }

  // Closes the socket; `abruptly`, by RST.
  void cut(bool abruptly) {
    error_code ignored;
    if (abruptly) socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& completion, const Buffers& to) {
          std::visit(
              [&](auto& stream) {
                stream.async_read_some(to, std::forward<decltype(completion)>(completion));
              },
              stream_);
        },
        handler, buffers);
  }

  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& completion, const Buffers& from) {
          std::visit(
              [&](auto& stream) {
                stream.async_write_some(from, std::forward<decltype(completion)>(completion));
              },
              stream_);
        },
        handler, buffers);
  }

  // What Beast does at the end of a WebSocket, and when one of its time limits has passed.
  template <typename Handler>
  friend void async_teardown(boost::beast::role_type role, ByteStream& stream, Handler&& handler) {
    std::visit(
        [&](auto& inner) {
          using boost::beast::websocket::async_teardown;
          async_teardown(role, inner, std::forward<Handler>(handler));
        },
        stream.stream_);
  }
  friend void beast_close_socket(ByteStream& stream) { stream.cut(false); }

 private:
  std::variant<tcp::socket, Tls> stream_;
};

}  // namespace doublecheck::net
