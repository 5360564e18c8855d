#include "spec/payload/message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "spec/base/text_encoding.h"

namespace doublecheck::payload {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// Encodes to exactly this, and decodes to what it was.
void expect_encoding(const Message& message, std::string_view expected) {
  EXPECT_EQ(to_hex(encode_message(message)), expected);
  const auto decoded = decode_message(hex(expected));
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(*decoded, message);
}

TEST(Message, HasTextInEitherForm) {
  expect_encoding(Message::of_text("hello"), "0a0568656c6c6f");
  Message extended;
  extended.extended_text = "hello";
  expect_encoding(extended, "32070a0568656c6c6f");
  EXPECT_EQ(extended.text(), "hello");
  EXPECT_EQ(Message::of_text("hello").text(), "hello");
  EXPECT_EQ(Message().text(), std::nullopt);
  expect_encoding(Message::of_text(""), "0a00");
}

TEST(Message, CarriesASenderKeyAndASecret) {
  Message message;
  message.sender_key_distribution = {.group_id = "1@g.us", .message = Bytes{0x33}};
  message.message_secret = Bytes{1, 2};
  expect_encoding(message,
                  "120b"
                  "0a063140672e7573"
                  "120133"
                  "9a0204"
                  "1a020102");
}

// As an independent implementation wrote it.
TEST(Message, CarriesAnAppStateKeyShare) {
  AppStateSyncKeyShare share;
  share.keys.push_back(
      {.key_id = hex("000000000101"),
       .key_data = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
       .fingerprint =
           AppStateSyncKey::Fingerprint{
               .raw_id = 195939070, .current_index = 0, .device_indexes = {0}},
       .timestamp = 1700000000000});
  share.keys.push_back(
      {.key_id = hex("000100000102"),
       .key_data = hex("404346494c4f5255585b5e6164676a6d707376797c7f8285888b8e9194979a9d"),
       .fingerprint =
           AppStateSyncKey::Fingerprint{
               .raw_id = 195939070, .current_index = 1, .device_indexes = {0, 1}},
       .timestamp = 1700000000001});
  Message message;
  message.protocol_message = share;
  expect_encoding(
      message,
      "628c0110063a87010a410a080a0600000000010112350a20000102030405060708090a0b0c0d0e0f101112131415161718191a"
      "1b1c1d1e1f120a08fe95b75d10001a01001880d095ffbc310a420a080a0600010000010212360a20404346494c4f5255585b5e"
      "6164676a6d707376797c7f8285888b8e9194979a9d120b08fe95b75d10011a0200011881d095ffbc31");
}

// As an independent implementation wrote it.
TEST(Message, CarriesAnAppStateKeyRequest) {
  Message message;
  message.protocol_message = AppStateSyncKeyRequest{.key_ids = {hex("000000000101")}};
  expect_encoding(message, "620e1007420a0a080a06000000000101");
}

TEST(Message, CarriesAKeyThatDoesNotExist) {
  Message message;
  message.protocol_message = AppStateSyncKeyShare{
      .keys = {{.key_id = Bytes{7}, .key_data = {}, .fingerprint = std::nullopt}}};
  expect_encoding(message, "620b10063a070a050a030a0107");
}

// As an independent implementation wrote it.
TEST(Message, CarriesAHistoryNotification) {
  HistorySyncNotification notification;
  notification.type = HistorySyncType::kInitialBootstrap;
  notification.chunk_order = 1;
  notification.progress = 100;
  notification.download = {
      .file_sha256 = hex("0530d895d88eed58340971fb0149835a2af1a448d76096f99d2a3171e0fc5289"),
      .file_length = 128,
      .media_key = hex("01060b10151a1f24292e33383d42474c51565b60656a6f74797e83888d92979c"),
      .file_enc_sha256 = hex("48223c268a43b5b1757a6a98d4faf323ef34053a809232d82f66974fb392d8f0"),
      .direct_path = "/v/t62.0000-24/hist-1.enc?ccb=11-4&oh=00&oe=00"};
  Message message;
  message.protocol_message = notification;
  expect_encoding(
      message,
      "62a4011005329f010a200530d895d88eed58340971fb0149835a2af1a448d76096f99d2a3171e0fc528910"
      "80011a2001060b10151a1f24292e33383d42474c51565b60656a6f74797e83888d92979c222048223c268a"
      "43b5b1757a6a98d4faf323ef34053a809232d82f66974fb392d8f02a2e2f762f7436322e303030302d3234"
      "2f686973742d312e656e633f6363623d31312d34266f683d3030266f653d303030003801"
      "4864");
}

TEST(Message, KeepsTheTypeOfOtherProtocolMessages) {
  Message message;
  message.protocol_message = OtherProtocolMessage{.type = 14};
  expect_encoding(message, "6202100e");
  EXPECT_EQ(decode_message(hex("6204100e0a00"))->protocol_message, message.protocol_message);
}

TEST(Message, RefusesAProtocolMessageWithoutItsContent) {
  for (const char* type : {"05", "06", "07"}) {
    EXPECT_FALSE(decode_message(hex(std::string("620210") + type))) << type;
  }
}

TEST(Message, IsWrappedForOwnDevices) {
  Message message = Message::of_text("hi");
  message.device_sent = DeviceSent{.destination_jid = "1@lid", .phash = std::nullopt};
  expect_encoding(message,
                  "fa010d"
                  "0a0531406c6964"
                  "12040a026869");
  message.message_secret = Bytes{9};
  message.device_sent->phash = "2:x";
  const auto decoded = decode_message(encode_message(message));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, message);
}

TEST(Message, InsideReplacesOutside) {
  // Outside: conversation "out", sender key for "g", secret 09. Inside: conversation "in".
  const std::string outside =
      "0a036f7574"
      "12030a0167"
      "9a0203"
      "1a0109";
  const auto decoded = decode_message(hex(outside + "fa0106"
                                                    "1204"
                                                    "0a02696e"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->conversation, "in");
  ASSERT_TRUE(decoded->sender_key_distribution);
  EXPECT_EQ(decoded->sender_key_distribution->group_id, "g");
  EXPECT_EQ(decoded->message_secret, Bytes{9});
  EXPECT_EQ(decoded->device_sent, DeviceSent{});
  // What is inside wins.
  EXPECT_EQ(decode_message(hex(outside + "fa0108"
                                         "1206"
                                         "9a0203"
                                         "1a0105"))
                ->message_secret,
            Bytes{5});
}

TEST(Message, RefusesWrappingsThatHoldNothingOrAnother) {
  EXPECT_FALSE(decode_message(hex("fa0100")));
  EXPECT_FALSE(
      decode_message(hex("fa0107"
                         "1205"
                         "fa0102"
                         "1200")));
  EXPECT_TRUE(
      decode_message(hex("fa0102"
                         "1200")));
}

TEST(Message, IgnoresWhatItDoesNotKnow) {
  const auto decoded =
      decode_message(hex("1a00"
                         "0a0568656c6c6f"
                         "f8ff0701"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, Message::of_text("hello"));
  EXPECT_EQ(*decode_message({}), Message());
}

TEST(Message, RefusesWhatIsNotProtobuf) {
  EXPECT_FALSE(decode_message(hex("0a0568")));
  EXPECT_FALSE(decode_message(hex("ff")));
}

// `content` as a field of length-delimited type behind that tag.
Bytes field(std::string_view tag, const Bytes& content) {
  Bytes out = hex(tag);
  for (std::size_t size = content.size();; size >>= 7) {
    if (size < 0x80) {
      out.push_back(static_cast<std::uint8_t>(size));
      break;
    }
    out.push_back(static_cast<std::uint8_t>(size | 0x80));
  }
  append(out, content);
  return out;
}

TEST(Message, RefusesDeepNesting) {
  Bytes nested;
  for (int depth = 0; depth < 5000; ++depth) nested = field("fa01", field("12", nested));
  const auto refused = decode_message(nested);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "not a protobuf message of this kind");
}

TEST(Message, IsLimitedInSize) {
  const auto encoded_of_size = [](std::size_t size) {
    return encode_message(Message::of_text(std::string(size - 5, 'x')));
  };
  ASSERT_EQ(encoded_of_size(kMaxMessageSize).size(), kMaxMessageSize);
  EXPECT_TRUE(decode_message(encoded_of_size(kMaxMessageSize)));
  const auto refused = decode_message(encoded_of_size(kMaxMessageSize + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "too large");
}

}  // namespace
}  // namespace doublecheck::payload
