#include "reference/server/messages.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reference/server/limits.h"
#include "reference/server/test_state.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::server {
namespace {

using namespace wire::literals;

// alice's device 1 is logged in; bob has two devices, which are away.
class MessagesTest : public StateTest {
 protected:
  MessagesTest() {
    const auto add = [&](const char* name, const char* digits, const char* lid) {
      Account* account =
          *state_.directory.create({.name = name, .phone_number = digits, .lid = lid});
      for (const std::uint16_t number : {std::uint16_t{1}, std::uint16_t{2}})
        account->devices[number].number = number;
      return account;
    };
    Account* alice = add("alice", "15550001111", "100000000000001");
    add("bob", "15550001112", "100000000000002");
    alice->devices[1].connection = session_.id;
    session_.phase = LoggedInPhase{{"15550001111", 1}, true, true};
  }

  OfflineQueue& queue_of_bob(std::uint16_t number) {
    return state_.directory.find_device({"15550001112", number})->queue;
  }

  // The acknowledgement of a message to both devices of bob.
  wire::Node send(const std::string& id) {
    wire::Node message = R"(<message to=jid:"15550001112@s.whatsapp.net" type="text"><participants>
      <to jid=jid:"15550001112:1@s.whatsapp.net"><enc v="2" type="msg">hex:01</enc></to>
      <to jid=jid:"15550001112:2@s.whatsapp.net"><enc v="2" type="msg">hex:02</enc></to>
      </participants></message>)"_node;
    message.set("id", wire::Text(id));
    Turn turn(state_, context_);
    route_message(turn, session_, message);
    const std::vector<Outgoing> outgoing = turn.take_outgoing();
    EXPECT_EQ(outgoing.size(), 1u);
    return *outgoing.front().stanza;
  }
};

TEST_F(MessagesTest, GoToEveryDeviceOnce) {
  EXPECT_EQ(send("ID-1").text("error"), std::nullopt);
  EXPECT_EQ(send("ID-1").text("error"), std::nullopt);
  EXPECT_EQ(queue_of_bob(1).size(), 1u);
  EXPECT_EQ(queue_of_bob(2).size(), 1u);
}

TEST_F(MessagesTest, AreRefusedForAllDevicesWhenOneCanTakeNoMore) {
  const wire::Node other = R"(<message id="x"/>)"_node;
  while (queue_of_bob(2).size() + 1 < kMaxQueuedStanzas) ASSERT_TRUE(queue_of_bob(2).push(other));
  EXPECT_EQ(send("ID-1").text("error"), std::nullopt);
  EXPECT_EQ(queue_of_bob(1).size(), 1u);
  EXPECT_EQ(queue_of_bob(2).size(), kMaxQueuedStanzas);

  EXPECT_EQ(send("ID-2").text("error"), "503");
  EXPECT_EQ(queue_of_bob(1).size(), 1u);
  // What was refused was not accepted: a later attempt is no repetition.
  EXPECT_EQ(send("ID-2").text("error"), "503");
  // What was accepted stays so.
  EXPECT_EQ(send("ID-1").text("error"), std::nullopt);
}

}  // namespace
}  // namespace doublecheck::server
