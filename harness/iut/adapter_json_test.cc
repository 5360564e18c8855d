#include "harness/iut/adapter_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

// What one side writes, the other reads.
namespace doublecheck::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const wire::Jid kUser = wire::Jid::of_user("15550001111", 2);
const wire::Jid kGroup{"120363000000000001", wire::server_name::kGroup, 0, 0};

template <typename C>
C passed_on(const C& command) {
  const auto read = read_command_line(command_line(7, command).value());
  if (!read) throw std::runtime_error(read.error().to_string());
  EXPECT_EQ(read->id, 7U);
  return std::get<C>(std::get<client::Command>(read->command));
}

template <typename E>
E passed_on_event(const E& event) {
  const auto read = read_adapter_line(event_line(event));
  if (!read) throw std::runtime_error(read.error().to_string());
  return std::get<E>(std::get<client::Event>(*read));
}

TEST(AdapterJsonTest, CommandsArrive) {
  passed_on(client::Connect{});
  passed_on(client::Disconnect{});
  passed_on(client::Logout{});
  EXPECT_EQ(passed_on(client::PairCode{"15550001111"}).phone, "15550001111");
  const auto text = passed_on(client::SendText{kUser, "äé \"你\"\n", "ID"});
  EXPECT_EQ(text.to, kUser);
  EXPECT_EQ(text.text, "äé \"你\"\n");
  EXPECT_EQ(text.message_id, "ID");
  const auto read = passed_on(client::MarkRead{kGroup, "15550001112@s.whatsapp.net", {"A", "B"}});
  EXPECT_EQ(read.chat, kGroup);
  EXPECT_EQ(read.sender, "15550001112@s.whatsapp.net");
  EXPECT_THAT(read.ids, ElementsAre("A", "B"));
  EXPECT_FALSE(passed_on(client::SendPresence{false}).available);
  EXPECT_TRUE(passed_on(client::SendPresence{true}).available);
  EXPECT_EQ(passed_on(client::SubscribePresence{kUser}).user, kUser);
  for (const auto activity :
       {client::Activity::kComposing, client::Activity::kRecording, client::Activity::kPaused}) {
    EXPECT_EQ(passed_on(client::SendChatState{kGroup, activity}).activity, activity);
  }
  const auto create = passed_on(client::CreateGroup{"A group", {kUser}});
  EXPECT_EQ(create.subject, "A group");
  EXPECT_THAT(create.participants, ElementsAre(kUser));
  const auto update = passed_on(client::UpdateGroup{kGroup, "add", {kUser}});
  EXPECT_EQ(update.group, kGroup);
  EXPECT_EQ(update.action, "add");
  EXPECT_THAT(update.participants, ElementsAre(kUser));
  EXPECT_EQ(passed_on(client::LeaveGroup{kGroup}).group, kGroup);
}

TEST(AdapterJsonTest, ConfigurationArrives) {
  const auto read = read_command_line(
      configure_line(3, {"ws://127.0.0.1:1/ws/chat", "ab", "folder", "alice", 500, 250, true}));
  ASSERT_TRUE(read);
  const auto& configuration = std::get<AdapterConfiguration>(read->command);
  EXPECT_EQ(configuration.url, "ws://127.0.0.1:1/ws/chat");
  EXPECT_EQ(configuration.trust_root_hex, "ab");
  EXPECT_EQ(configuration.state_dir, "folder");
  EXPECT_EQ(configuration.push_name, "alice");
  EXPECT_EQ(configuration.connect_timeout_ms, 500U);
  EXPECT_EQ(configuration.keepalive_ms, 250U);
  EXPECT_TRUE(configuration.insecure_tls);
  EXPECT_EQ(std::get<AdapterHello>(read_command_line(hello_line(1))->command).protocol, 1);
  EXPECT_TRUE(std::holds_alternative<AdapterExit>(read_command_line(exit_line(1))->command));
  const auto advance = read_command_line(advance_clock_line(1, std::chrono::minutes(2)));
  EXPECT_EQ(std::get<AdapterAdvanceClock>(advance->command).by, std::chrono::minutes(2));
}

TEST(AdapterJsonTest, EventsArrive) {
  EXPECT_EQ(passed_on_event(client::QrShown{"a,b"}).text, "a,b");
  EXPECT_EQ(passed_on_event(client::PairingCodeShown{"ABCD1234"}).code, "ABCD1234");
  EXPECT_EQ(passed_on_event(client::Paired{kUser, std::nullopt}).lid, std::nullopt);
  EXPECT_EQ(passed_on_event(client::Opened{kUser, wire::Jid::of_lid("1")}).lid,
            wire::Jid::of_lid("1"));
  const auto closed = passed_on_event(client::Closed{515, "restart", true});
  EXPECT_EQ(closed.status, 515);
  EXPECT_EQ(closed.reason, "restart");
  EXPECT_TRUE(closed.will_reconnect);
  const auto message = passed_on_event(
      client::MessageReceived{kGroup, kUser, "ID", "text", "name", true, true, kUser});
  EXPECT_EQ(message.chat, kGroup);
  EXPECT_EQ(message.sender, kUser);
  EXPECT_EQ(message.id, "ID");
  EXPECT_EQ(message.text, "text");
  EXPECT_EQ(message.push_name, "name");
  EXPECT_TRUE(message.from_me && message.offline);
  EXPECT_EQ(message.chat_alt, kUser);
  EXPECT_EQ(passed_on_event(client::MessageUndecryptable{kGroup, kUser, "ID", "why"}).reason,
            "why");
  for (const auto type : {client::ReceiptType::kServer, client::ReceiptType::kDelivered,
                          client::ReceiptType::kRead, client::ReceiptType::kPlayed}) {
    EXPECT_EQ(passed_on_event(client::ReceiptReceived{kGroup, "ID", type, kUser}).type, type);
  }
  EXPECT_EQ(passed_on_event(client::MessageRejected{kGroup, "ID", "403"}).reason, "403");
  const auto presence =
      passed_on_event(client::PresenceChanged{kUser, true, UnixTime::from_seconds(17)});
  EXPECT_TRUE(presence.available);
  EXPECT_EQ(presence.last_seen, UnixTime::from_seconds(17));
  EXPECT_EQ(passed_on_event(client::PresenceChanged{kUser, false, {}}).last_seen, std::nullopt);
  EXPECT_EQ(passed_on_event(client::ChatStateChanged{kGroup, kUser, client::Activity::kRecording})
                .activity,
            client::Activity::kRecording);
  const auto changed = passed_on_event(client::GroupChanged{kGroup, "add", kUser, {kUser}});
  EXPECT_EQ(changed.change, "add");
  EXPECT_EQ(changed.actor, kUser);
  EXPECT_THAT(changed.participants, ElementsAre(kUser));
  const auto done = passed_on_event(client::CommandDone{5, "ID", kGroup});
  EXPECT_EQ(done.command, 5U);
  EXPECT_EQ(done.message_id, "ID");
  EXPECT_EQ(done.group, kGroup);
  EXPECT_TRUE(passed_on_event(client::CommandFailed{5, "never", true}).unsupported);
  EXPECT_THAT(passed_on_event(client::Remark{"odd"}).text, HasSubstr("odd"));
}

TEST(AdapterJsonTest, WhatTheLanguageDoesNotHaveIsRefusedOrLogged) {
  EXPECT_FALSE(command_line(7, client::Block{kUser}));
  const auto read = read_adapter_line(event_line(client::StatusChanged{kUser, "busy"}));
  ASSERT_TRUE(read);
  EXPECT_THAT(std::get<client::Remark>(std::get<client::Event>(*read)).text,
              HasSubstr(kUser.to_string()));
}

TEST(AdapterJsonTest, WhatIsNoCommandIsToldApart) {
  EXPECT_FALSE(read_command_line("hello"));
  EXPECT_FALSE(read_command_line("[]"));
  EXPECT_FALSE(read_command_line(R"({"connect":{}})"));
  const auto unknown = read_command_line(R"({"id":4,"fly":{}})");
  ASSERT_TRUE(unknown);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(unknown->command));
}

}  // namespace
}  // namespace doublecheck::harness
