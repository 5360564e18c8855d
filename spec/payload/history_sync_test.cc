#include "spec/payload/history_sync.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "spec/base/text_encoding.h"
#include "spec/payload/compression.h"

namespace doublecheck::payload {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

HistorySync bootstrap() {
  HistorySync history;
  history.chunk_order = 1;
  history.progress = 100;
  history.conversations = {{.id = "15550002222@s.whatsapp.net",
                            .name = "Grace Hopper",
                            .unread_count = 1,
                            .timestamp = 1700000000,
                            .messages = {{.id = "3EB0112233445566778899",
                                          .participant = std::nullopt,
                                          .push_name = std::nullopt,
                                          .timestamp = 1700000000,
                                          .content = Message::of_text("hello")}}}};
  history.lid_mappings = {
      {.phone_number = "15550002222@s.whatsapp.net", .lid = "100000000000002@lid"}};
  return history;
}

// As an independent implementation wrote them.
constexpr std::string_view kBootstrap =
    "0800127f0a1a313535353030303232323240732e77686174736170702e6e6574124b0a470a360a1a31353535303030323232324073"
    "2e77686174736170702e6e657410001a163345423031313232333334343535363637373838393912070a0568656c6c6f1880e2cfaa"
    "06100130016080e2cfaa066a0c477261636520486f70706572280130647a310a1a313535353030303232323240732e776861747361"
    "70702e6e65741213313030303030303030303030303032406c6964";
constexpr std::string_view kPushNames =
    "08043a290a1a313535353030303131313140732e77686174736170702e6e6574120b446f75626c65636865636b3a230a1a31353535"
    "3030303232323240732e77686174736170702e6e657412054772616365";
constexpr std::string_view kInlineBootstrapMessage =
    "628e0110053289013000380148645a8001789ce36010aae79232343535353030303232327228d62bcf482c294e2c28d0cb4b2d11f2"
    "e672e732c3a74280414accd8d5c9c0d0d0c8c8d8d8c4c4d4d4ccccdcdcc2c2d252889d8b35233527275fa2e1d1f9556c028c068c09"
    "6056168f7b516272aa82477e41416a9106a3414a95215e47081b1a200323879ccc1400bbbd3201";

TEST(HistorySync, IsCompressedProtobuf) {
  const auto plain = decompress(encode_history_sync(bootstrap()), kMaxInflatedHistory);
  ASSERT_TRUE(plain);
  EXPECT_EQ(to_hex(*plain), kBootstrap);

  HistorySync push_names;
  push_names.type = HistorySyncType::kPushName;
  push_names.push_names = {{.id = "15550001111@s.whatsapp.net", .name = "Doublecheck"},
                           {.id = "15550002222@s.whatsapp.net", .name = "Grace"}};
  EXPECT_EQ(to_hex(*decompress(encode_history_sync(push_names), kMaxInflatedHistory)), kPushNames);
}

TEST(HistorySync, ReadsANotificationWithTheHistoryInside) {
  const auto message = decode_message(hex(kInlineBootstrapMessage));
  ASSERT_TRUE(message);
  ASSERT_TRUE(message->protocol_message);
  const auto* notification = std::get_if<HistorySyncNotification>(&*message->protocol_message);
  ASSERT_NE(notification, nullptr);
  EXPECT_EQ(notification->type, HistorySyncType::kInitialBootstrap);
  EXPECT_EQ(notification->chunk_order, 1U);
  EXPECT_EQ(notification->progress, 100U);
  EXPECT_FALSE(notification->download);
  ASSERT_TRUE(notification->inline_payload);
  const auto history = decode_history_sync(*notification->inline_payload);
  ASSERT_TRUE(history);
  EXPECT_EQ(*history, bootstrap());
}

TEST(HistorySync, NotificationCarriesItInside) {
  const HistorySyncNotification notification = inline_notification(bootstrap());
  EXPECT_EQ(notification.type, HistorySyncType::kInitialBootstrap);
  EXPECT_EQ(notification.chunk_order, 1U);
  EXPECT_EQ(notification.progress, 100U);
  EXPECT_FALSE(notification.download);
  EXPECT_EQ(decode_history_sync(notification.inline_payload.value()), bootstrap());
}

TEST(HistorySync, ComesBackWithEverything) {
  HistorySync history = bootstrap();
  history.type = HistorySyncType::kRecent;
  history.push_names = {{.id = "1@lid", .name = "One"}};
  HistoryConversation& group = history.conversations.emplace_back();
  group.id = "120363000000000001@g.us";
  HistoryMessage& second = group.messages.emplace_back();
  second.id = "B";
  second.from_me = true;
  second.participant = "1@lid";
  second.push_name = "One";
  second.timestamp = 2;
  HistoryMessage& first = group.messages.emplace_back();
  first.id = "A";
  first.timestamp = 1;
  first.content = Message::of_text("first");
  EXPECT_EQ(decode_history_sync(encode_history_sync(history)), history);
}

TEST(HistorySync, KeepsTypesThatItDoesNotKnow) {
  const auto history = decode_history_sync(compress(hex("0863")));
  ASSERT_TRUE(history);
  EXPECT_EQ(static_cast<int>(history->type), 99);
}

TEST(HistorySync, RefusesWhatIsRequiredAndMissing) {
  EXPECT_TRUE(decode_history_sync(compress(hex("0800"))));
  EXPECT_FALSE(decode_history_sync(compress({})));
  EXPECT_FALSE(decode_history_sync(compress(hex("08001200"))));  // a conversation without an id
  EXPECT_TRUE(decode_history_sync(compress(hex("080012030a0131"))));
  EXPECT_FALSE(
      decode_history_sync(compress(hex("080012050a01311200"))));  // a message without a key
  EXPECT_FALSE(
      decode_history_sync(compress(hex("0800"
                                       "12090a0131"
                                       "1204"
                                       "0a020a00"))));  // a key without an id
  EXPECT_TRUE(
      decode_history_sync(compress(hex("0800"
                                       "120c0a0131"
                                       "1207"
                                       "0a050a031a0141"))));
  EXPECT_FALSE(decode_history_sync(compress(hex("ff"))));
  EXPECT_FALSE(decode_history_sync(hex("0800")));
  EXPECT_FALSE(decode_history_sync({}));
}

TEST(HistorySync, ContentThatCannotBeDecodedIsEmpty) {
  // A protocol message of type 5 without its notification.
  const auto history =
      decode_history_sync(compress(hex("0800"
                                       "12120a0131"
                                       "120d"
                                       "0a0b0a031a0141"
                                       "1204"
                                       "62021005")));
  ASSERT_TRUE(history);
  EXPECT_EQ(history->conversations.at(0).messages.at(0).content, Message());
}

TEST(HistorySync, IsLimitedWhenInflated) {
  // A type, and an unknown field whose tag, length and content fill the rest.
  const auto history_of_size = [](std::size_t size) {
    Bytes plain =
        hex("0800"
            "a206");
    std::size_t content = size - plain.size() - 4;
    for (int i = 0; i < 4; ++i, content >>= 7) {
      plain.push_back(static_cast<std::uint8_t>((content & 0x7f) | (i < 3 ? 0x80 : 0)));
    }
    plain.resize(size);
    return compress(plain);
  };
  EXPECT_TRUE(decode_history_sync(history_of_size(kMaxInflatedHistory)));
  const auto refused = decode_history_sync(history_of_size(kMaxInflatedHistory + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "inflates to too much");
}

}  // namespace
}  // namespace doublecheck::payload
