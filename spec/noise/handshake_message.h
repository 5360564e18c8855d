#pragma once

#include <optional>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/noise/limits.h"

// The messages of the handshake, each the payload of one frame. The padding, extended and
// post-quantum fields that the protocol also names have no use here and are ignored like unknown
// ones.
namespace doublecheck::noise {

struct ClientHello {
  std::optional<Bytes> ephemeral;   // 32 bytes, in the clear
  std::optional<Bytes> static_key;  // resumption only: the client's static key, encrypted, 48 bytes
  std::optional<Bytes> payload;     // resumption only: the ClientPayload, encrypted

  bool operator==(const ClientHello&) const = default;
};

struct ServerHello {
  std::optional<Bytes> ephemeral;   // 32 bytes, in the clear
  std::optional<Bytes> static_key;  // the server's, encrypted, 48 bytes; absent in an accepted IK
  std::optional<Bytes> payload;     // the certificate chain, encrypted

  bool operator==(const ServerHello&) const = default;
};

struct ClientFinish {
  std::optional<Bytes> static_key;  // the client's static key, encrypted, 48 bytes
  std::optional<Bytes> payload;     // the ClientPayload, encrypted

  bool operator==(const ClientFinish&) const = default;
};

struct HandshakeMessage {
  std::optional<ClientHello> client_hello;
  std::optional<ServerHello> server_hello;
  std::optional<ClientFinish> client_finish;

  // Encoding adds an unknown field to the message and to each of its parts; decoding tells whether
  // there was one anywhere. Receivers ignore unknown fields (NOISE-18).
  bool unknown_fields = false;

  bool operator==(const HandshakeMessage&) const = default;
};

Bytes encode_handshake_message(const HandshakeMessage& message);

// At most kMaxHandshakeMessage bytes. Which part must be there, and what must be in it, is for the
// state machine.
Result<HandshakeMessage> decode_handshake_message(ByteView bytes);

}  // namespace doublecheck::noise
