#include "spec/noise/handshake_message.h"

#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"

namespace doublecheck::noise {
namespace {

HandshakeMessage message_of(ClientHello hello) {
  HandshakeMessage message;
  message.client_hello = std::move(hello);
  return message;
}

TEST(HandshakeMessage, EachPartEncodesToItself) {
  HandshakeMessage hello =
      message_of({.ephemeral = Bytes(32, 1), .static_key = Bytes(48, 2), .payload = Bytes(9, 3)});
  HandshakeMessage server_hello;
  server_hello.server_hello =
      ServerHello{.ephemeral = Bytes(32, 1), .static_key = {}, .payload = Bytes{}};
  HandshakeMessage finish;
  finish.client_finish = ClientFinish{.static_key = Bytes(48, 2), .payload = Bytes(9, 3)};
  for (HandshakeMessage message : {HandshakeMessage{}, hello, server_hello, finish}) {
    EXPECT_EQ(decode_handshake_message(encode_handshake_message(message)), message);
    message.unknown_fields = true;
    EXPECT_EQ(decode_handshake_message(encode_handshake_message(message)), message);
  }
}

TEST(HandshakeMessage, AbsentAndEmptyFieldsDiffer) {
  EXPECT_EQ(to_hex(encode_handshake_message(message_of({}))), "1200");
  EXPECT_EQ(to_hex(encode_handshake_message(
                message_of({.ephemeral = Bytes{}, .static_key = {}, .payload = {}}))),
            "12020a00");
}

// The extended and post-quantum fields are known and unused, so they are not unknown.
TEST(HandshakeMessage, UnusedFieldsAreIgnored) {
  const auto message =
      decode_handshake_message(*from_hex("120a"
                                         "0a0101"
                                         "2001"
                                         "320100"
                                         "4809"));
  ASSERT_TRUE(message);
  EXPECT_EQ(*message, message_of({.ephemeral = Bytes{1}, .static_key = {}, .payload = {}}));
}

TEST(HandshakeMessage, TellsUnknownFieldsAtEachLevel) {
  EXPECT_TRUE(decode_handshake_message(*from_hex("0801"))->unknown_fields);  // field 1 is unused
  EXPECT_TRUE(
      decode_handshake_message(*from_hex("1203a80601"))->unknown_fields);  // in the ClientHello
  EXPECT_TRUE(decode_handshake_message(*from_hex("1a03a80601"))->unknown_fields);
  EXPECT_TRUE(decode_handshake_message(*from_hex("2203a80601"))->unknown_fields);
  EXPECT_FALSE(decode_handshake_message({})->unknown_fields);
}

TEST(HandshakeMessage, RefusesTruncation) {
  const Bytes encoded = encode_handshake_message(
      message_of({.ephemeral = Bytes(32, 1), .static_key = {}, .payload = {}}));
  for (std::size_t size = 1; size < encoded.size(); ++size) {
    EXPECT_FALSE(decode_handshake_message(ByteView(encoded).first(size))) << size;
  }
}

TEST(HandshakeMessage, LimitsItsSize) {
  ClientHello hello;
  hello.payload = Bytes(kMaxHandshakeMessage - 8);
  const Bytes largest = encode_handshake_message(message_of(hello));
  ASSERT_EQ(largest.size(), kMaxHandshakeMessage);
  EXPECT_TRUE(decode_handshake_message(largest));
  hello.payload->push_back(0);
  EXPECT_FALSE(decode_handshake_message(encode_handshake_message(message_of(hello))));
}

}  // namespace
}  // namespace doublecheck::noise
