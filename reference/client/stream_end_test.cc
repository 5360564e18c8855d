#include "reference/client/stream_end.h"

#include <gtest/gtest.h>

#include "reference/client/acks.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::client {
namespace {

using namespace wire::literals;

struct Case {
  wire::Node node;
  Aftermath aftermath;
  int status;
};

TEST(StreamEnd, FailuresEndTheDeviceStopItOrAreRetried) {
  for (const Case& wanted :
       {Case{R"(<failure reason="401"/>)"_node, Aftermath::kLogOut, 401},
        Case{R"(<failure reason="403" location="x"/>)"_node, Aftermath::kLogOut, 403},
        Case{R"(<failure reason="406"/>)"_node, Aftermath::kLogOut, 406},
        Case{R"(<failure reason="402" code="101"/>)"_node, Aftermath::kStop, 402},
        Case{R"(<failure reason="405"/>)"_node, Aftermath::kStop, 405},
        Case{R"(<failure reason="409"/>)"_node, Aftermath::kStop, 409},
        Case{R"(<failure reason="413"/>)"_node, Aftermath::kStop, 413},
        Case{R"(<failure reason="414"/>)"_node, Aftermath::kStop, 414},
        Case{R"(<failure reason="500"/>)"_node, Aftermath::kRetry, 500},
        Case{R"(<failure reason="503"/>)"_node, Aftermath::kRetry, 503},
        Case{R"(<failure/>)"_node, Aftermath::kStop, 0},
        Case{R"(<failure reason="0"/>)"_node, Aftermath::kStop, 0},
        Case{R"(<failure reason="200"/>)"_node, Aftermath::kStop, 200},
        Case{R"(<failure reason="abc"/>)"_node, Aftermath::kStop, 0},
        Case{R"(<failure reason="99999999999999999999999"/>)"_node, Aftermath::kStop, 0},
        Case{R"(<failure reason=jid:"401@s.whatsapp.net"/>)"_node, Aftermath::kStop, 0}}) {
    const Ending ending = read_failure(wanted.node, {});
    EXPECT_EQ(ending.aftermath, wanted.aftermath) << ending.reason;
    EXPECT_EQ(ending.status, wanted.status) << ending.reason;
  }
}

TEST(StreamEnd, StreamErrorsEndTheDeviceStopItOrAreRetried) {
  for (const Case& wanted :
       {Case{
            R"(<"stream:error" code="401"><conflict type="device_removed"/></"stream:error">)"_node,
            Aftermath::kLogOut, 401},
        Case{R"(<"stream:error"><conflict type="device_removed"/></"stream:error">)"_node,
             Aftermath::kLogOut, 0},
        Case{R"(<"stream:error"><conflict type="replaced"/></"stream:error">)"_node,
             Aftermath::kStop, 0},
        Case{R"(<"stream:error" code="409"><x/><conflict type="replaced"/></"stream:error">)"_node,
             Aftermath::kStop, 409},
        Case{R"(<"stream:error" code="401"/>)"_node, Aftermath::kRetry, 401},
        Case{R"(<"stream:error" code="503"/>)"_node, Aftermath::kRetry, 503},
        Case{R"(<"stream:error" code="-1"/>)"_node, Aftermath::kRetry, 0},
        Case{R"(<"stream:error"><conflict/></"stream:error">)"_node, Aftermath::kRetry, 0},
        Case{R"(<"stream:error"><xml-not-well-formed/></"stream:error">)"_node, Aftermath::kRetry,
             0},
        Case{R"(<"stream:error"/>)"_node, Aftermath::kRetry, 0}}) {
    const Ending ending = read_stream_error(wanted.node, {});
    EXPECT_EQ(ending.aftermath, wanted.aftermath) << ending.reason;
    EXPECT_EQ(ending.status, wanted.status) << ending.reason;
  }
  EXPECT_EQ(read_stream_error(R"(<"stream:error" code="515"/>)"_node, {}).loss, Loss::kRestart);
  EXPECT_EQ(read_stream_error(R"(<"stream:error" code="429"/>)"_node, {}).loss, Loss::kRateLimited);
  EXPECT_EQ(read_stream_error(R"(<"stream:error" code="500"/>)"_node, {}).loss, Loss::kStreamError);
}

TEST(Acks, AreOwedToFourKindsOfStanzas) {
  for (const char* tag : {"message", "receipt", "notification", "call"}) {
    wire::Node stanza = R"(<x id="1" from=jid:"15550001112@s.whatsapp.net"/>)"_node;
    stanza.tag = tag;
    EXPECT_TRUE(ack_of(stanza, {})) << tag;
    wire::Node nameless = stanza;
    nameless.remove("id");
    EXPECT_FALSE(ack_of(nameless, {})) << tag;
    wire::Node senderless = stanza;
    senderless.remove("from");
    EXPECT_FALSE(ack_of(senderless, {})) << tag;
  }
  for (const char* tag : {"ib", "presence", "chatstate", "ack", "iq", "success"}) {
    wire::Node stanza = R"(<x id="1" from=jid:"15550001112@s.whatsapp.net"/>)"_node;
    stanza.tag = tag;
    EXPECT_FALSE(ack_of(stanza, {})) << tag;
  }
}

TEST(Acks, RepeatWhatNamesTheStanza) {
  const auto receipt =
      R"(<receipt id="aB-1" from=jid:"123@g.us" participant=jid:"15550001112:3@s.whatsapp.net"
      recipient=jid:"15550001113@s.whatsapp.net" type="read" t="1" offline="2"><list/></receipt>)"_node;
  EXPECT_EQ(ack_of(receipt, {}), R"(<ack class="receipt" id="aB-1" to=jid:"123@g.us"
      participant=jid:"15550001112:3@s.whatsapp.net" recipient=jid:"15550001113@s.whatsapp.net" type="read"/>)"_node);
  const auto message =
      R"(<message id="1" from=jid:"15550001112:3@s.whatsapp.net" type="text" t="1"/>)"_node;
  EXPECT_EQ(
      ack_of(message, {}, nack::kInvalidProtobuf),
      R"(<ack class="message" id="1" to=jid:"15550001112:3@s.whatsapp.net" error="491"/>)"_node);
}

}  // namespace
}  // namespace doublecheck::client
