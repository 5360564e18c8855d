#include "spec/noise/handshake_message.h"

#include "spec/proto/access.h"
#include "spec/proto/handshake.pb.h"

namespace doublecheck::noise {
namespace {

using proto::get;
using proto::set;

// Field 1000 with one byte of content: no message of the handshake has such a field.
constexpr std::array<char, 4> kUnknownField = {'\xc2', '\x3e', 1, 0};

template <typename Message>
void add_unknown_field(Message& message) {
  message.mutable_unknown_fields()->append(kUnknownField.data(), kUnknownField.size());
}

// The two fields that every part has.
template <typename Part, typename Message>
void encode_encrypted(const Part& part, Message& message) {
  set(message, &Message::mutable_static_, part.static_key);
  set(message, &Message::mutable_payload, part.payload);
}

template <typename Part, typename Message>
void decode_encrypted(const Message& message, Part& part) {
  part.static_key = get<Bytes>(message, &Message::has_static_, &Message::static_);
  part.payload = get<Bytes>(message, &Message::has_payload, &Message::payload);
}

template <typename Part, typename Message>
void encode_hello(const Part& part, Message& message) {
  set(message, &Message::mutable_ephemeral, part.ephemeral);
  encode_encrypted(part, message);
}

template <typename Part, typename Message>
Part decode_hello(const Message& message) {
  Part part;
  part.ephemeral = get<Bytes>(message, &Message::has_ephemeral, &Message::ephemeral);
  decode_encrypted(message, part);
  return part;
}

}  // namespace

Bytes encode_handshake_message(const HandshakeMessage& message) {
  proto::HandshakeMessage encoded;
  if (message.client_hello) encode_hello(*message.client_hello, *encoded.mutable_client_hello());
  if (message.server_hello) encode_hello(*message.server_hello, *encoded.mutable_server_hello());
  if (message.client_finish)
    encode_encrypted(*message.client_finish, *encoded.mutable_client_finish());
  if (message.unknown_fields) {
    add_unknown_field(encoded);
    if (encoded.has_client_hello()) add_unknown_field(*encoded.mutable_client_hello());
    if (encoded.has_server_hello()) add_unknown_field(*encoded.mutable_server_hello());
    if (encoded.has_client_finish()) add_unknown_field(*encoded.mutable_client_finish());
  }
  return proto::serialize(encoded);
}

Result<HandshakeMessage> decode_handshake_message(ByteView bytes) {
  if (bytes.size() > kMaxHandshakeMessage) return fail("handshake message", "too large");
  proto::HandshakeMessage decoded;
  if (!proto::parse(bytes, decoded)) {
    return fail("handshake message", "not a protobuf message of this kind");
  }

  HandshakeMessage message;
  if (decoded.has_client_hello())
    message.client_hello = decode_hello<ClientHello>(decoded.client_hello());
  if (decoded.has_server_hello())
    message.server_hello = decode_hello<ServerHello>(decoded.server_hello());
  if (decoded.has_client_finish()) {
    message.client_finish.emplace();
    decode_encrypted(decoded.client_finish(), *message.client_finish);
  }
  message.unknown_fields = !decoded.unknown_fields().empty() ||
                           !decoded.client_hello().unknown_fields().empty() ||
                           !decoded.server_hello().unknown_fields().empty() ||
                           !decoded.client_finish().unknown_fields().empty();
  return message;
}

}  // namespace doublecheck::noise
