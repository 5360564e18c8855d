#include "reference/net/listener.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

namespace doublecheck::net {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long to wait when the system has no file descriptors left.
constexpr std::chrono::milliseconds kRetryDelay{100};

}  // namespace

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(boost::asio::io_context& io, Listener::OnSocket on_socket)
      : acceptor_(io),
        retry_(io),
        on_socket_(std::make_shared<Listener::OnSocket>(std::move(on_socket))) {}

  error_code listen(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    return error;
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this(), this](const error_code& error, tcp::socket socket) {
          if (on_socket_ == nullptr) return;
          if (error) return retry_later();
          error_code ignored;
          socket.set_option(tcp::no_delay(true), ignored);
          const auto on_socket = on_socket_;
          (*on_socket)(std::move(socket));
          if (on_socket_ != nullptr) accept();
        });
  }

  void close() {
    on_socket_.reset();
    error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
  }

 private:
  void retry_later() {
    retry_.expires_after(kRetryDelay);
    retry_.async_wait([self = shared_from_this(), this](const error_code&) {
      if (on_socket_ != nullptr) accept();
    });
  }

  tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::shared_ptr<Listener::OnSocket> on_socket_;  // empty once closed
};

Result<Listener> Listener::open(boost::asio::io_context& io, const std::string& address,
                                std::uint16_t port, OnSocket on_socket) {
  error_code error;
  const auto ip =
      boost::asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
  if (error) return fail("listening", address + " is not an IP address");
  auto acceptor = std::make_shared<Acceptor>(io, std::move(on_socket));
  error = acceptor->listen({ip, port});
  if (error)
    return fail("listening", address + ":" + std::to_string(port) + ": " + error.message());
  acceptor->accept();
  return Listener(std::move(acceptor));
}

Listener::~Listener() {
  if (acceptor_ != nullptr) acceptor_->close();
}

std::uint16_t Listener::port() const { return acceptor_->port(); }

}  // namespace doublecheck::net
