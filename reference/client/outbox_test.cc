#include <gtest/gtest.h>

#include <string>

#include "reference/client/test_world.h"

// Messages that wait for what has to be asked first.
namespace doublecheck::client::testing {
namespace {

// Hides the first queries with this child from the server, as if they were on their way for ever.
void hide(World& world, std::string_view child, int& times) {
  world.tap.accept = [child, &times](const wire::Node& stanza) {
    if (stanza.tag != "iq" || stanza.text("type") != "get" || stanza.child(child) == nullptr)
      return true;
    return times-- <= 0;
  };
}

class Outbox : public ::testing::Test {
 protected:
  Outbox() : alice(world.paired("alice")), bob(world.paired("bob")) {}

  // While one query stays without answer, and then long enough for all that follows.
  void expect_kept_and_delivered(std::string_view hidden_query, int times) {
    hide(world, hidden_query, times);
    const CommandId sent = alice.command(SendText{bob.user(), "hello", "1"});
    const CommandId next = alice.command(SendText{bob.user(), "again", "2"});
    world.run_for(kIqTimeout + seconds(1));
    ASSERT_TRUE(alice.client.is_open());  // it was the query that failed, not the connection
    ASSERT_TRUE(alice.failure(sent));
    EXPECT_NE(alice.failure(sent)->find("is kept"), std::string::npos);
    world.run_for(2 * kIqTimeout);
    EXPECT_EQ(alice.count<MessageRejected>(), 0U);
    EXPECT_TRUE(alice.is_done(next));
    EXPECT_EQ(bob.texts(), (std::vector<std::string>{"hello", "again"}));
    EXPECT_TRUE(alice.client.credentials().mailbox.outbox.empty());
  }

  World world;
  TestClient& alice;
  TestClient& bob;
};

TEST_F(Outbox, a_message_outlives_a_device_query_without_answer) {
  expect_kept_and_delivered("usync", 1);
}

TEST_F(Outbox, a_message_outlives_several) { expect_kept_and_delivered("usync", 2); }

// Sent to the devices that have a session, it would never reach the others.
TEST_F(Outbox, a_message_outlives_a_prekey_query_without_answer) {
  expect_kept_and_delivered("key", 1);
}

TEST_F(Outbox, a_message_is_refused_when_the_server_refuses_to_name_devices) {
  world.tap.edit = [](std::vector<wire::Node>& stanzas) {
    for (wire::Node& stanza : stanzas) {
      if (stanza.tag == "iq" && stanza.child("usync") != nullptr) stanza.set("type", "error");
    }
  };
  const CommandId sent = alice.command(SendText{bob.user(), "hello", "1"});
  world.run_for(seconds(1));
  EXPECT_TRUE(alice.failure(sent));
  EXPECT_EQ(alice.count<MessageRejected>(), 1U);
  EXPECT_TRUE(alice.client.credentials().mailbox.outbox.empty());
}

}  // namespace
}  // namespace doublecheck::client::testing
