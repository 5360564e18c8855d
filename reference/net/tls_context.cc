#include "reference/net/tls_context.h"

#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>

namespace doublecheck::net {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// A list of one protocol name behind its length, as ALPN has it.
constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// A client that does not offer http/1.1 gets it without having been told so.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, kHttp11.data(), kHttp11.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

TlsContext make_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  return context;
}

}  // namespace

Result<TlsContext> server_tls_context(const TlsIdentity& identity) {
  TlsContext context = make_context(ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_pem), error);
  if (error) return fail("TLS certificate", error.message());
  context->use_private_key(boost::asio::buffer(identity.private_key_pem), ssl::context::pem, error);
  if (error) return fail("TLS private key", error.message());
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  return context;
}

Result<TlsContext> client_tls_context(bool verify, const std::string& trusted) {
  TlsContext context = make_context(ssl::context::tls_client);
  SSL_CTX_set_alpn_protos(context->native_handle(), kHttp11.data(), kHttp11.size());
  if (!verify) return context;
  error_code error;
  if (trusted.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->add_certificate_authority(boost::asio::buffer(trusted), error);
  }
  if (error) return fail("trusted TLS certificates", error.message());
  context->set_verify_mode(ssl::verify_peer, error);
  if (error) return fail("TLS verification", error.message());
  return context;
}

}  // namespace doublecheck::net
