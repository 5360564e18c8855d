#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "conformance/interop/live_client.h"
#include "harness/iut/network_namespace.h"

// Baileys as released, against the reference server on loopback, where no other network can be
// reached.
namespace doublecheck::harness {
namespace {

const char* const kAdapter = "node " DC_SOURCE_DIR "/harness/adapters/baileys/adapter.mjs";

class Baileys : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(DC_SOURCE_DIR "/harness/adapters/baileys/node_modules/baileys")) {
      GTEST_SKIP() << "Baileys is not installed: run ci/adapters";
    }
  }

  std::unique_ptr<LiveServer> start_server() {
    auto server = LiveServer::start(driver_, SystemRandom());
    if (!server) throw std::runtime_error(server.error().to_string());
    return std::move(*server);
  }

  SocketDriver driver_;
};

TEST_F(Baileys, TwoClientsPairAndMessageEachOther) {
  const auto server = start_server();
  LiveClient alice(driver_, *server, kAdapter, "alice");
  LiveClient bob(driver_, *server, kAdapter, "bob");
  const client::Opened alice_open = alice.pair();
  const client::Opened bob_open = bob.pair();

  const std::string to_bob = alice.send(bob_open.jid.account(), "hello bob");
  const client::MessageReceived at_bob = bob.next_message();
  EXPECT_EQ(at_bob.id, to_bob);
  EXPECT_EQ(at_bob.text, "hello bob");
  EXPECT_EQ(at_bob.push_name, "alice");
  EXPECT_FALSE(at_bob.from_me);

  const std::string to_alice = bob.send(alice_open.jid.account(), "hello alice");
  const client::MessageReceived at_alice = alice.next_message();
  EXPECT_EQ(at_alice.id, to_alice);
  EXPECT_EQ(at_alice.text, "hello alice");
  EXPECT_EQ(at_alice.push_name, "bob");

  // The author learns that his message was delivered.
  const auto delivered = wait_for<client::ReceiptReceived>(
      driver_, alice.subject(), std::chrono::seconds(30),
      [&](const client::ReceiptReceived& receipt) {
        return receipt.id == to_bob && receipt.type == client::ReceiptType::kDelivered;
      });
  EXPECT_TRUE(delivered.has_value());
}

TEST_F(Baileys, WhoComesBackGetsWhatWasSentMeanwhileInOrder) {
  const auto server = start_server();
  LiveClient alice(driver_, *server, kAdapter, "alice");
  LiveClient bob(driver_, *server, kAdapter, "bob");
  alice.pair();
  const wire::Jid bob_jid = bob.pair().jid.account();
  alice.send(bob_jid, "before");
  EXPECT_EQ(bob.next_message().text, "before");

  bob.disconnect();
  for (const char* text : {"one", "two", "three"}) alice.send(bob_jid, text);
  bob.connect();
  for (const char* text : {"one", "two", "three"}) {
    const client::MessageReceived message = bob.next_message();
    EXPECT_EQ(message.text, text);
    EXPECT_TRUE(message.offline);
  }
}

// Exit code of the `doublecheck` command with these arguments.
int doublecheck(const std::string& arguments) {
  const int status = std::system((DOUBLECHECK_PROGRAM " " + arguments).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Baileys, TheAdapterKeepsToItsContract) {
  EXPECT_EQ(doublecheck("adapter check '" + std::string(kAdapter) + "'"), 0);
}

// Known failures are listed; a new one is red, and so is a listed case that passes.
TEST_F(Baileys, FailsTheCasesThatItIsKnownToFail) {
  EXPECT_EQ(doublecheck("certify --client '" + std::string(kAdapter) +
                        "' --expected " DC_SOURCE_DIR "/harness/adapters/baileys/expected.json"),
            0);
}

}  // namespace
}  // namespace doublecheck::harness

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const auto entered = doublecheck::harness::enter_loopback_namespace(); !entered) {
    std::fprintf(stderr, "without a network of its own: %s\n", entered.error().to_string().c_str());
    // Where isolation is required, a test that is not isolated has not run.
    if (std::getenv("DOUBLECHECK_REQUIRE_INTEROP") != nullptr) return 1;
  }
  return RUN_ALL_TESTS();
}
