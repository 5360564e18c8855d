#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/result.h"

// What both ends of a connection's byte stream have in common: bytes of the carrier go in; frames
// to send, and what was found in the bytes, come out.
namespace doublecheck::session {

// The payload of a frame of the handshake, as it came or as it goes.
struct HandshakeReceived {
  Bytes payload;
};
struct HandshakeSent {
  Bytes payload;
};

// The plaintext of a transport frame: a flag byte and an encoded node, or what should have been
// one.
struct PlaintextReceived {
  Bytes plaintext;
};

// Why a stream has failed. It takes and gives nothing afterwards.
enum class FailureKind {
  kIntro,      // the bytes are not an intro header
  kFrame,      // a frame is longer than it may be
  kHandshake,  // the handshake did not convince
  kCipher,     // a transport frame is not authentic, or the counter is used up
};
struct StreamFailure {
  FailureKind kind;
  Error error;
};

}  // namespace doublecheck::session
