#include "harness/actor/scripted_server.h"

#include <gtest/gtest.h>

#include "harness/driver/virtual_driver.h"
#include "spec/wire/node_codec.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::harness {
namespace {

using namespace wire::literals;

class Script : public testing::Test {
 protected:
  void record(trace::Event event) {
    script_.record(
        {.at = driver_.now(), .endpoint = "server", .connection = 1, .event = std::move(event)});
  }

  VirtualDriver driver_;
  Transcript transcript_{driver_};
  ScriptedServer script_{transcript_};
};

TEST_F(Script, TellsWhoHasClosedAConnection) {
  record(trace::Opened{"memory"});
  EXPECT_EQ(script_.end(1), nullptr);
  record(trace::Closed{.by_us = false, .reason = "the peer closed"});
  ASSERT_NE(script_.end(1), nullptr);
  EXPECT_TRUE(script_.end(1)->by_client);
}

TEST_F(Script, TellsTheFirstWhoHasClosedAConnection) {
  record(trace::Opened{"memory"});
  record(trace::Closed{.by_us = true, .reason = "it took too long"});
  record(trace::Closed{.by_us = false, .reason = "the peer closed"});
  ASSERT_NE(script_.end(1), nullptr);
  EXPECT_FALSE(script_.end(1)->by_client);
}

TEST_F(Script, KeepsACompressedStanzaOfTheClient) {
  const wire::Node ping = R"(<iq id="p1" type="get" xmlns="w:p"/>)"_node;
  const Bytes plain = wire::encode_payload(ping).value();
  const Bytes compressed = wire::encode_payload(ping, wire::Compression::kZlib).value();
  record(trace::Opened{"memory"});
  record(trace::StanzaFrame{trace::Direction::kReceived, plain});
  record(trace::StanzaFrame{trace::Direction::kSent, compressed});
  EXPECT_FALSE(script_.compressed_stanza());
  record(trace::StanzaFrame{trace::Direction::kReceived, compressed});
  EXPECT_TRUE(script_.compressed_stanza());
}

}  // namespace
}  // namespace doublecheck::harness
