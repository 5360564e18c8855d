#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>
#include <string>

#include "reference/net/connect.h"
#include "reference/net/url.h"

// From a URL to a connected socket. Internal to this folder.
namespace doublecheck::net {

using boost::asio::ip::tcp;

// Called once, with the reason when it did not work.
using DialHandler = std::function<void(std::optional<std::string> failure)>;

// Connects the socket to the host of the URL, whose name is looked up only if it is allowed to be
// remote: nothing is said to any other machine otherwise. The socket lives until the handler is
// called; closing it ends the attempt.
void dial(tcp::socket& socket, const Url& url, const std::optional<std::string>& allow_remote_host,
          DialHandler handler);

}  // namespace doublecheck::net
