#pragma once

#include <expected>
#include <string_view>
#include <utility>

#include "spec/base/result.h"

// Why a message could not be decrypted. What a client answers depends on it: a duplicate is
// receipted like the message itself and never asked for again (SESSION-25), all else is answered by
// a retry receipt.
namespace doublecheck::signal {

enum class DecryptFailure {
  kMalformed,      // version, protobuf, missing field, key of the wrong form, too large
  kNoSession,      // no session with that peer, or no sender key with that id
  kUnknownPrekey,  // a signed or one-time prekey that we do not have, or no longer (SESSION-17)
  kInvalidKey,     // a public key of low order
  kBadMac,         // no session has the right keys, or the message was changed
  kBadSignature,   // of a message under a sender key
  kBadPadding,     // PKCS #7, under a right MAC or signature
  kDuplicate,      // its key has been used
  kTooOld,         // from before the chain was received, or its skipped key was dropped
  kTooFarAhead,    // beyond kMaxForwardJump
};

std::string_view to_string(DecryptFailure failure);

struct DecryptError {
  DecryptFailure failure;
  Error error;  // in words

  bool operator==(const DecryptError&) const = default;
};

template <typename T>
using DecryptResult = std::expected<T, DecryptError>;

// A failure in its own words.
std::unexpected<DecryptError> refuse(std::string_view what, DecryptFailure failure);

// What could not be decoded, with the decoder's words.
std::unexpected<DecryptError> refuse_malformed(Error error);

}  // namespace doublecheck::signal
