#include "spec/signal/failure.h"

#include <string>

namespace doublecheck::signal {

std::string_view to_string(DecryptFailure failure) {
  switch (failure) {
    case DecryptFailure::kMalformed:
      return "it is malformed";
    case DecryptFailure::kNoSession:
      return "there is no session for it";
    case DecryptFailure::kUnknownPrekey:
      return "it uses a prekey that is not known, or no longer";
    case DecryptFailure::kInvalidKey:
      return "it has a public key of low order";
    case DecryptFailure::kBadMac:
      return "its MAC is wrong";
    case DecryptFailure::kBadSignature:
      return "its signature is wrong";
    case DecryptFailure::kBadPadding:
      return "its ciphertext is wrongly padded";
    case DecryptFailure::kDuplicate:
      return "it has been decrypted before";
    case DecryptFailure::kTooOld:
      return "it is older than the keys that are kept";
    case DecryptFailure::kTooFarAhead:
      return "it is too far ahead of its chain";
  }
  return "";
}

std::unexpected<DecryptError> refuse(std::string_view what, DecryptFailure failure) {
  return std::unexpected(DecryptError{
      failure, Error{std::string(what), std::string(to_string(failure)), std::nullopt}});
}

std::unexpected<DecryptError> refuse_malformed(Error error) {
  return std::unexpected(DecryptError{DecryptFailure::kMalformed, std::move(error)});
}

}  // namespace doublecheck::signal
