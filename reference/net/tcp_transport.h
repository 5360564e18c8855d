#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "reference/net/connect.h"
#include "reference/net/transport.h"

// The byte stream on TCP alone. Internal to this folder.
namespace doublecheck::net {

std::shared_ptr<Transport> tcp_client(boost::asio::io_context& io, const Url& url,
                                      const ConnectOptions& options, CarrierHandlers handlers);

// For a socket that was accepted.
std::shared_ptr<Transport> tcp_server(boost::asio::io_context& io,
                                      boost::asio::ip::tcp::socket socket,
                                      CarrierHandlers handlers);

}  // namespace doublecheck::net
