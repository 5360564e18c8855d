#include <gtest/gtest.h>

#include "spec/noise/test_transcripts.h"

// Client and server say the transcripts byte for byte.
namespace doublecheck::noise {
namespace {

using namespace test_vectors;

class HandshakeVectors : public testing::Test {
 protected:
  void expect_keys(const TransportCipher& client, const TransportCipher& server,
                   const Json& output) {
    EXPECT_EQ(to_hex(client.send_key()), text(output["k1_client_to_server"]));
    EXPECT_EQ(to_hex(client.receive_key()), text(output["k2_server_to_client"]));
    EXPECT_EQ(to_hex(server.send_key()), text(output["k2_server_to_client"]));
    EXPECT_EQ(to_hex(server.receive_key()), text(output["k1_client_to_server"]));
    EXPECT_EQ(client.sent() + client.received() + server.sent() + server.received(), 0u);
  }

  SeededRandom random_{1};
  Context context_{.now = {.steady = {}, .wall = UnixTime::from_seconds(kNow)}, .random = random_};
};

TEST_F(HandshakeVectors, Xx) {
  const Json test_case = load_case("noise-xx");
  const Json& input = test_case["input"];
  const Json& output = test_case["output"];
  ClientHandshake client(client_config(input));
  ServerHandshake server(server_config(input));

  const auto client_hello = client.start(context_);
  ASSERT_TRUE(client_hello);
  EXPECT_EQ(to_hex(*client_hello), text(output["client_hello_protobuf"]));
  const auto answer = server.on_message(*client_hello, context_);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->established);
  EXPECT_EQ(to_hex(*answer->server_hello), text(output["server_hello_protobuf"]));
  const auto connected = client.on_message(*answer->server_hello, context_);
  ASSERT_TRUE(connected) << connected.error().to_string();
  EXPECT_EQ(connected->pattern, Pattern::kXx);
  EXPECT_EQ(to_hex(connected->client_finish.value()), text(output["client_finish_protobuf"]));
  EXPECT_EQ(to_hex(connected->server_static), text(input["server_static"]["public"]));
  const auto finished = server.on_message(*connected->client_finish, context_);
  ASSERT_TRUE(finished) << finished.error().to_string();
  EXPECT_FALSE(finished->server_hello);
  const EstablishedClient& established = finished->established.value();
  EXPECT_EQ(established.pattern, Pattern::kXx);
  EXPECT_FALSE(established.replayable);
  EXPECT_EQ(to_hex(established.static_key), text(input["client_static"]["public"]));
  EXPECT_EQ(to_hex(established.payload), text(input["client_payload"]));
  expect_keys(connected->cipher, established.cipher, output);
}

TEST_F(HandshakeVectors, Ik) {
  const Json test_case = load_case("noise-ik");
  const Json& input = test_case["input"];
  const Json& output = test_case["output"];
  ClientHandshake client(resuming_client_config(input));
  ServerHandshake server(server_config(input));

  const auto client_hello = client.start(context_);
  ASSERT_TRUE(client_hello);
  EXPECT_EQ(to_hex(*client_hello), text(output["client_hello_protobuf"]));
  const auto answer = server.on_message(*client_hello, context_);
  ASSERT_TRUE(answer);
  EXPECT_EQ(to_hex(answer->server_hello.value()), text(output["server_hello_protobuf"]));
  const EstablishedClient& established = answer->established.value();
  EXPECT_EQ(established.pattern, Pattern::kIk);
  EXPECT_TRUE(established.replayable);
  EXPECT_EQ(to_hex(established.static_key), text(input["client_static"]["public"]));
  EXPECT_EQ(to_hex(established.payload), text(input["client_payload"]));
  const auto connected = client.on_message(*answer->server_hello, context_);
  ASSERT_TRUE(connected) << connected.error().to_string();
  EXPECT_EQ(connected->pattern, Pattern::kIk);
  EXPECT_FALSE(connected->client_finish);
  expect_keys(connected->cipher, established.cipher, output);
}

TEST_F(HandshakeVectors, XxFallback) {
  const Json test_case = load_case("noise-xxfallback");
  const Json& input = test_case["input"];
  const Json& output = test_case["output"];
  ClientHandshake client(resuming_client_config(input));
  ServerHandshakeConfig refusing = server_config(input);
  refusing.accept_resumption = false;
  ServerHandshake server(refusing);

  const auto client_hello = client.start(context_);
  ASSERT_TRUE(client_hello);
  EXPECT_EQ(to_hex(*client_hello), text(input["preceding_client_hello"]));
  const auto answer = server.on_message(*client_hello, context_);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->established);
  EXPECT_EQ(to_hex(answer->server_hello.value()), text(output["server_hello_protobuf"]));
  const auto connected = client.on_message(*answer->server_hello, context_);
  ASSERT_TRUE(connected) << connected.error().to_string();
  EXPECT_EQ(connected->pattern, Pattern::kXxFallback);
  EXPECT_EQ(to_hex(connected->client_finish.value()), text(output["client_finish_protobuf"]));
  const auto finished = server.on_message(*connected->client_finish, context_);
  ASSERT_TRUE(finished) << finished.error().to_string();
  const EstablishedClient& established = finished->established.value();
  EXPECT_EQ(established.pattern, Pattern::kXxFallback);
  EXPECT_FALSE(established.replayable);
  EXPECT_EQ(to_hex(established.payload), text(input["client_payload"]));
  expect_keys(connected->cipher, established.cipher, output);
}

}  // namespace
}  // namespace doublecheck::noise
