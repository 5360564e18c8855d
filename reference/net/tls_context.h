#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "reference/net/tls_identity.h"
#include "spec/base/result.h"

// TLS 1.2 and 1.3, with the protocol http/1.1. Internal to this folder.
namespace doublecheck::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

Result<TlsContext> server_tls_context(const TlsIdentity& identity);

// For a client that checks certificates against those in `trusted` (PEM) or, when that is empty,
// the system's; or does not check them.
Result<TlsContext> client_tls_context(bool verify, const std::string& trusted);

}  // namespace doublecheck::net
