#include "reference/net/tcp_transport.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <utility>

#include "reference/net/dial.h"

namespace doublecheck::net {
namespace {

class TcpTransport : public Transport {
 public:
  TcpTransport(boost::asio::io_context& io, tcp::socket socket,
               std::chrono::milliseconds opening_limit, CarrierHandlers handlers)
      : Transport(io, opening_limit, std::move(handlers)), socket_(std::move(socket)) {}

 protected:
  tcp::socket& socket() { return socket_; }

  void start_opening() override {
    boost::asio::post(socket_.get_executor(), [self = shared_from_this(), this] { opened(); });
  }

  void start_reading() override {
    socket_.async_read_some(
        boost::asio::buffer(incoming_),
        [self = shared_from_this(), this](const error_code& error, std::size_t size) {
          have_read(error, size);
        });
  }

  void start_writing(const Message& message) override {
    boost::asio::async_write(socket_, boost::asio::buffer(message.bytes),
                             [self = shared_from_this(), this](const error_code& error,
                                                               std::size_t) { written(error); });
  }

  // The read that is under way sees the peer's end of it.
  void start_goodbye() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    if (!peer_done_) return;
    boost::asio::post(socket_.get_executor(),
                      [self = shared_from_this(), this] { end(CloseReason::kPeer, {}); });
  }

  void cut(bool abruptly) override {
    error_code ignored;
    if (abruptly) socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  void have_read(const error_code& error, std::size_t size) {
    if (ended()) return;
    if (error == boost::asio::error::eof) {
      peer_done_ = true;
      if (saying_goodbye()) return end(CloseReason::kPeer, "closed");
      return peer_closed("closed", true);
    }
    if (error) return end(CloseReason::kLost, error.message());
    received(ByteView(incoming_).first(size));
    if (readable()) start_reading();
  }

  tcp::socket socket_;
  std::array<std::uint8_t, 16 * 1024> incoming_;
  bool peer_done_ = false;
};

class TcpClient final : public TcpTransport {
 public:
  TcpClient(boost::asio::io_context& io, const Url& url, const ConnectOptions& options,
            CarrierHandlers handlers)
      : TcpTransport(io, tcp::socket(io), options.timeout, std::move(handlers)),
        url_(url),
        allow_remote_host_(options.allow_remote_host) {}

 protected:
  void start_opening() override {
    dial(socket(), url_, allow_remote_host_,
         [self = shared_from_this(), this](const std::optional<std::string>& failure) {
           if (failure) return end(CloseReason::kNotConnected, *failure);
           opened();
         });
  }

 private:
  Url url_;
  std::optional<std::string> allow_remote_host_;
};

}  // namespace

std::shared_ptr<Transport> tcp_client(boost::asio::io_context& io, const Url& url,
                                      const ConnectOptions& options, CarrierHandlers handlers) {
  return std::make_shared<TcpClient>(io, url, options, std::move(handlers));
}

std::shared_ptr<Transport> tcp_server(boost::asio::io_context& io, tcp::socket socket,
                                      CarrierHandlers handlers) {
  return std::make_shared<TcpTransport>(io, std::move(socket), kCloseTimeout, std::move(handlers));
}

}  // namespace doublecheck::net
