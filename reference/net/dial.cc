#include "reference/net/dial.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>
#include <vector>

namespace doublecheck::net {
namespace {

using boost::system::error_code;

void connect_to(tcp::socket& socket, const std::vector<tcp::endpoint>& endpoints,
                DialHandler handler) {
  boost::asio::async_connect(
      socket, endpoints,
      [&socket, handler = std::move(handler)](const error_code& error, const tcp::endpoint&) {
        if (error) return handler(error.message());
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        handler(std::nullopt);
      });
}

// The addresses of a loopback host, without asking anybody.
std::vector<tcp::endpoint> loopback_endpoints(const Url& url) {
  if (url.host != "localhost") return {{boost::asio::ip::make_address(url.host), url.port}};
  return {{boost::asio::ip::address_v4::loopback(), url.port},
          {boost::asio::ip::address_v6::loopback(), url.port}};
}

}  // namespace

void dial(tcp::socket& socket, const Url& url, const std::optional<std::string>& allow_remote_host,
          DialHandler handler) {
  if (is_loopback(url.host)) return connect_to(socket, loopback_endpoints(url), std::move(handler));
  if (url.host != allow_remote_host) {
    boost::asio::post(socket.get_executor(), [handler = std::move(handler), host = url.host] {
      handler(host + " is not this machine, and was not allowed");
    });
    return;
  }
  // Opened beforehand, so that a close during the look-up is noticed.
  error_code ignored;
  socket.open(tcp::v4(), ignored);
  auto resolver = std::make_shared<tcp::resolver>(socket.get_executor());
  resolver->async_resolve(url.host, std::to_string(url.port),
                          [&socket, resolver, handler = std::move(handler)](
                              const error_code& error, const tcp::resolver::results_type& results) {
                            if (error) return handler(error.message());
                            if (!socket.is_open()) return handler("closed");
                            connect_to(socket, {results.begin(), results.end()}, handler);
                          });
}

}  // namespace doublecheck::net
