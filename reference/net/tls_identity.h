#pragma once

#include <string>

#include "spec/base/result.h"

// Who a TLS server says it is.
namespace doublecheck::net {

struct TlsIdentity {
  std::string certificate_pem;  // with the chain behind it, if there is one
  std::string private_key_pem;
};

// A fresh P-256 key with a certificate, signed by itself, for localhost, 127.0.0.1 and ::1, valid
// from yesterday for ten years.
Result<TlsIdentity> make_self_signed_identity();

// The contents of two PEM files.
Result<TlsIdentity> read_identity(const std::string& certificate_file,
                                  const std::string& private_key_file);

}  // namespace doublecheck::net
