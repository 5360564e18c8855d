#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <tuple>

#include "conformance/interop/live_client.h"
#include "harness/iut/network_namespace.h"

// Client libraries as released, against the reference server on loopback, where no other network
// can be reached.
namespace doublecheck::harness {
namespace {

struct Library {
  const char* name;
  const char* adapter;   // the command
  const char* prepared;  // what ci/adapters makes

  friend std::ostream& operator<<(std::ostream& out, const Library& library) {
    return out << library.name;
  }
};

const Library kLibraries[] = {
    {"baileys", "node " DC_SOURCE_DIR "/harness/adapters/baileys/adapter.mjs",
     DC_SOURCE_DIR "/harness/adapters/baileys/node_modules/baileys"},
    {"whatsmeow", DC_SOURCE_DIR "/harness/adapters/whatsmeow/adapter",
     DC_SOURCE_DIR "/harness/adapters/whatsmeow/adapter"},
};

bool is_prepared(const Library& library) { return std::filesystem::exists(library.prepared); }

// Two libraries that write to each other.
class Pair : public testing::TestWithParam<std::tuple<Library, Library>> {
 protected:
  void SetUp() override {
    for (const Library& library : {std::get<0>(GetParam()), std::get<1>(GetParam())}) {
      if (!is_prepared(library)) {
        GTEST_SKIP() << library.name << " is not installed: run ci/adapters";
      }
    }
    auto server = LiveServer::start(driver_, SystemRandom());
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = std::move(*server);
  }

  LiveClient alice() { return {driver_, *server_, std::get<0>(GetParam()).adapter, "alice"}; }
  LiveClient bob() { return {driver_, *server_, std::get<1>(GetParam()).adapter, "bob"}; }

  SocketDriver driver_;
  std::unique_ptr<LiveServer> server_;
};

TEST_P(Pair, PairsWithTheServerAndMessagesEachOther) {
  LiveClient alice = this->alice();
  LiveClient bob = this->bob();
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

TEST_P(Pair, WhoComesBackGetsWhatWasSentMeanwhileInOrder) {
  LiveClient alice = this->alice();
  LiveClient bob = this->bob();
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

class Alone : public testing::TestWithParam<Library> {
 protected:
  void SetUp() override {
    if (!is_prepared(GetParam())) {
      GTEST_SKIP() << GetParam().name << " is not installed: run ci/adapters";
    }
  }
};

TEST_P(Alone, TheAdapterKeepsToItsContract) {
  EXPECT_EQ(doublecheck("adapter check '" + std::string(GetParam().adapter) + "'"), 0);
}

// Known failures are listed; a new one is red, and so is a listed case that passes.
TEST_P(Alone, FailsTheCasesThatItIsKnownToFail) {
  EXPECT_EQ(doublecheck("certify --client '" + std::string(GetParam().adapter) +
                        "' --expected " DC_SOURCE_DIR "/harness/adapters/" + GetParam().name +
                        "/expected.json"),
            0);
}

std::string name_of_pair(const testing::TestParamInfo<Pair::ParamType>& pair) {
  return std::string(std::get<0>(pair.param).name) + "_" + std::get<1>(pair.param).name;
}

INSTANTIATE_TEST_SUITE_P(Libraries, Pair,
                         testing::Combine(testing::ValuesIn(kLibraries),
                                          testing::ValuesIn(kLibraries)),
                         name_of_pair);
INSTANTIATE_TEST_SUITE_P(Libraries, Alone, testing::ValuesIn(kLibraries),
                         [](const auto& tested) { return std::string(tested.param.name); });

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
