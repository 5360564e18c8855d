#include "reference/net/connect.h"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "reference/net/tcp_transport.h"
#include "reference/net/websocket_transport.h"

namespace doublecheck::net {

std::unique_ptr<Carrier> connect(boost::asio::io_context& io, const Url& url,
                                 const ConnectOptions& options, CarrierHandlers handlers) {
  return start_carrier(url.scheme == Scheme::kTcp
                           ? tcp_client(io, url, options, std::move(handlers))
                           : websocket_client(io, url, options, std::move(handlers)));
}

}  // namespace doublecheck::net
