#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "spec/base/result.h"

// A listening TCP port. Internal to this folder.
namespace doublecheck::net {

class Acceptor;

class Listener {
 public:
  using OnSocket = std::function<void(boost::asio::ip::tcp::socket)>;

  // Listens on an IP address, or `localhost`; port 0 is any free one. `on_socket` is called for
  // each connection while the io_context runs, until the listener is destroyed.
  static Result<Listener> open(boost::asio::io_context& io, const std::string& address,
                               std::uint16_t port, OnSocket on_socket);
  ~Listener();
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;

  std::uint16_t port() const;

 private:
  explicit Listener(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}

  std::shared_ptr<Acceptor> acceptor_;  // empty when moved from
};

}  // namespace doublecheck::net
