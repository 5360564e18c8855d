#pragma once

#include <string>
#include <string_view>

#include "harness/certification/signing_key.h"
#include "spec/base/result.h"

// DSSE, the Dead Simple Signing Envelope (v1): a payload, its type, and signatures of both.
namespace doublecheck::harness {

inline constexpr std::size_t kMaxEnvelopeBytes = std::size_t{16} << 20;

// What is signed: "DSSEv1 LENGTH TYPE LENGTH PAYLOAD", the pre-authentication encoding.
std::string pre_authentication_encoding(std::string_view type, std::string_view payload);

// The envelope as JSON, signed once.
std::string seal_envelope(std::string_view type, std::string_view payload, const SigningKey& key);

// The payload of an envelope of that type, when one of its signatures is by this key.
Result<std::string> open_envelope(std::string_view envelope, std::string_view type,
                                  const VerifyingKey& key);

}  // namespace doublecheck::harness
