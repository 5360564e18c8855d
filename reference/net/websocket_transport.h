#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "reference/net/byte_stream.h"
#include "reference/net/connect.h"
#include "reference/net/transport.h"

// The byte stream in binary WebSocket messages, with TLS or without. Internal to this folder.
namespace doublecheck::net {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

std::shared_ptr<Transport> websocket_client(boost::asio::io_context& io, const Url& url,
                                            const ConnectOptions& options,
                                            CarrierHandlers handlers);

// For a connection on which an upgrade was requested. Offers of compression and of subprotocols are
// not taken up.
std::shared_ptr<Transport> websocket_server(boost::asio::io_context& io, ByteStream stream,
                                            UpgradeRequest request, CarrierHandlers handlers);

}  // namespace doublecheck::net
