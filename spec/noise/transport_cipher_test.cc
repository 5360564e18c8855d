#include "spec/noise/transport_cipher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/noise/test_guard.h"
#include "spec/noise/test_transcripts.h"

namespace doublecheck::noise {
namespace {

using namespace test_vectors;
using testing::ElementsAre;

constexpr CipherKey kToServer = {1};
constexpr CipherKey kToClient = {2};

TransportCipher client() { return {kToServer, kToClient}; }
TransportCipher server() { return {kToClient, kToServer}; }

TEST(TransportCipher, MatchesTheTranscript) {
  const Json output = load_case("noise-xx")["output"];
  const CipherKey to_server = *to_public_key(bytes_of_hex(output["k1_client_to_server"]));
  const CipherKey to_client = *to_public_key(bytes_of_hex(output["k2_server_to_client"]));
  TransportCipher at_client(to_server, to_client);
  TransportCipher at_server(to_client, to_server);
  const auto compare = [](const Json& frames, TransportCipher& sender, TransportCipher& receiver) {
    ASSERT_EQ(frames.size(), 3u);
    for (const Json& frame : frames) {
      EXPECT_EQ(sender.sent(), frame["counter"]);
      EXPECT_EQ(sender.seal(bytes_of_hex(frame["plaintext"])), bytes_of_hex(frame["ciphertext"]));
      EXPECT_EQ(receiver.open(bytes_of_hex(frame["ciphertext"])), bytes_of_hex(frame["plaintext"]));
    }
  };
  compare(output["transport"]["client_to_server"], at_client, at_server);
  compare(output["transport"]["server_to_client"], at_server, at_client);
}

TEST(TransportCipher, TheDirectionsCountForThemselves) {
  TransportCipher at_client = client();
  TransportCipher at_server = server();
  ASSERT_TRUE(at_server.open(*at_client.seal(as_bytes("one"))));
  ASSERT_TRUE(at_server.open(*at_client.seal(as_bytes("two"))));
  EXPECT_EQ(at_client.open(*at_server.seal(as_bytes("three"))), to_bytes("three"));
  EXPECT_EQ(at_client.sent(), 2u);
  EXPECT_EQ(at_client.received(), 1u);
  EXPECT_EQ(at_server.sent(), 1u);
  EXPECT_EQ(at_server.received(), 2u);
}

TEST(TransportCipher, RefusesFlippedBitsAndShortFrames) {
  const Bytes sealed = *client().seal(as_bytes("text"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(server().open(flipped)) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(server().open(ByteView(sealed).first(size))) << size;
  }
}

TEST(TransportCipher, RefusesReplayAndReordering) {
  TransportCipher at_client = client();
  TransportCipher at_server = server();
  const Bytes first = *at_client.seal(as_bytes("one"));
  const Bytes second = *at_client.seal(as_bytes("two"));
  EXPECT_FALSE(server().open(second));
  EXPECT_TRUE(at_server.open(first));
  EXPECT_FALSE(at_server.open(first));
}

// NOISE-07
TEST(TransportCipher, AForgedFrameCounts) {
  TransportCipher at_client = client();
  TransportCipher at_server = server();
  Bytes forged = *at_client.seal(as_bytes("one"));
  forged[0] ^= 1;
  EXPECT_FALSE(at_server.open(forged));
  EXPECT_FALSE(at_server.open({}));
  ASSERT_TRUE(at_client.seal(as_bytes("two")));
  EXPECT_EQ(at_server.open(*at_client.seal(as_bytes("three"))), to_bytes("three"));
}

TEST(TransportCipher, ForcedShutAForgedFrameDoesNotCount) {
  TestGuard observer;
  observer.force(Rule::NOISE_07, false);
  TransportCipher at_client = client();
  TransportCipher at_server = server();
  EXPECT_FALSE(at_server.open(Bytes(32), observer.guard()));
  EXPECT_TRUE(observer.exercised(Rule::NOISE_07));
  EXPECT_TRUE(at_server.open(*at_client.seal(as_bytes("one")), observer.guard()));
}

// NOISE-16
TEST(TransportCipher, SealsUpToTheLastCounterAndNoFurther) {
  TransportCipher sender(kToServer, kToClient, kMaxFramesPerKey - 1, 0);
  TransportCipher receiver(kToClient, kToServer, 0, kMaxFramesPerKey - 1);
  const auto last = sender.seal(as_bytes("last"));
  ASSERT_TRUE(last);
  EXPECT_EQ(*last, aes256_gcm_seal(kToServer, nonce(UINT32_MAX), as_bytes("last"), {}));
  EXPECT_EQ(receiver.open(*last), to_bytes("last"));

  TestGuard observer;
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_FALSE(sender.seal(as_bytes("one more"), observer.guard()));
    EXPECT_FALSE(receiver.open(*last, observer.guard()));
  }
  EXPECT_THAT(observer.violated(), testing::Each(Rule::NOISE_16));
  EXPECT_EQ(observer.violated().size(), 4u);
  EXPECT_EQ(sender.sent(), kMaxFramesPerKey);
  EXPECT_EQ(receiver.received(), kMaxFramesPerKey);
}

// The deliberate violation that the limit is there to prevent.
TEST(TransportCipher, ForcedOpenTheCounterWraps) {
  TestGuard observer;
  observer.force(Rule::NOISE_16, true);
  TransportCipher sender(kToServer, kToClient, kMaxFramesPerKey, 0);
  EXPECT_EQ(sender.seal(as_bytes("text"), observer.guard()), client().seal(as_bytes("text")));
  EXPECT_THAT(observer.violated(), ElementsAre(Rule::NOISE_16));
}

}  // namespace
}  // namespace doublecheck::noise
