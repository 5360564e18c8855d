#include "conformance/interop/libraries.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "conformance/interop/live_client.h"
#include "harness/iut/network_namespace.h"

// Client libraries as released, against the reference server on loopback, where no other network
// can be reached.
namespace doublecheck::harness {
namespace {

// Who writes to whom: each library to the reference, and to the one before it.
std::vector<std::tuple<Library, Library>> pairs() {
  std::vector<std::tuple<Library, Library>> chosen;
  if (is_full_matrix()) {
    for (const Library& first : libraries()) {
      for (const Library& second : libraries()) chosen.emplace_back(first, second);
      chosen.emplace_back(first, reference());
      chosen.emplace_back(reference(), first);
    }
    return chosen;
  }
  std::optional<Library> before;
  for (const Library& library : libraries()) {
    chosen.emplace_back(reference(), library);
    chosen.emplace_back(before.value_or(library), library);
    before = library;
  }
  return chosen;
}

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

  const server::Device& companion_of(const wire::Jid& account) const {
    const server::Account* found = server_->core().state().directory.look_up(account.user.view());
    if (found == nullptr || found->devices.empty()) throw std::runtime_error("no such companion");
    return found->devices.begin()->second;
  }
  // Whether the companion of an account is away, and how many messages wait for it.
  bool is_away(const wire::Jid& account) const { return !companion_of(account).connection; }
  std::size_t kept_for(const wire::Jid& account) const {
    const auto& kept = companion_of(account).queue.stanzas();
    return static_cast<std::size_t>(std::ranges::count_if(
        kept, [](const server::QueuedStanza& one) { return one.stanza.tag == "message"; }));
  }

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
  EXPECT_TRUE(driver_.run_until([&] { return is_away(bob_jid); }, std::chrono::seconds(30)));
  // He may have left before he had confirmed the first one.
  const std::size_t kept = kept_for(bob_jid) + 3;
  for (const char* text : {"one", "two", "three"}) alice.send(bob_jid, text);
  // Some libraries have sent a message before the server has it.
  EXPECT_TRUE(
      driver_.run_until([&] { return kept_for(bob_jid) == kept; }, std::chrono::seconds(30)));
  bob.connect();
  for (const char* text : {"one", "two", "three"}) {
    const client::MessageReceived message = bob.next_message();
    EXPECT_EQ(message.text, text);
    EXPECT_TRUE(message.offline);
  }
}

// One client of each library and two devices of one account of the reference, in one group.
class Everybody : public testing::Test {
 protected:
  void SetUp() override {
    for (const Library& library : libraries()) {
      if (!is_prepared(library))
        GTEST_SKIP() << library.name << " is not installed: run ci/adapters";
    }
    auto server = LiveServer::start(driver_, SystemRandom());
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = std::move(*server);
    desktop_ = join(reference(), "ada");
    tablet_ = join(reference(), "ada");
    for (const Library& library : libraries()) others_.push_back(join(library, library.name));
  }

  struct Member {
    std::unique_ptr<LiveClient> client;
    client::Opened opened;
  };
  Member join(const Library& library, const std::string& name) {
    Member member{std::make_unique<LiveClient>(driver_, *server_, library.adapter, name), {}};
    member.opened = member.client->pair();
    return member;
  }
  std::vector<wire::Jid> accounts_without(const Member& without) const {
    std::vector<wire::Jid> accounts;
    if (&without != &desktop_) accounts.push_back(desktop_.opened.jid.account());
    for (const Member& other : others_) {
      if (&other != &without) accounts.push_back(other.opened.jid.account());
    }
    return accounts;
  }
  std::vector<Member*> everybody() {
    std::vector<Member*> all{&desktop_, &tablet_};
    for (Member& other : others_) all.push_back(&other);
    return all;
  }

  // `author` writes, and everybody else reads it.
  void write(Member& author, const wire::Jid& group, const std::string& text,
             const Member* away = nullptr) {
    const std::string id = author.client->send(group, text);
    for (Member* reader : everybody()) {
      if (reader == &author || reader == away) continue;
      const client::MessageReceived message = reader->client->next_message();
      EXPECT_EQ(message.text, text) << reader->opened.jid.to_string();
      EXPECT_EQ(message.id, id);
      EXPECT_EQ(message.chat, group);
      const bool own = reader->opened.jid.account() == author.opened.jid.account();
      EXPECT_EQ(message.from_me, own) << reader->opened.jid.to_string();
    }
  }

  SocketDriver driver_;
  std::unique_ptr<LiveServer> server_;
  Member desktop_;
  Member tablet_;
  std::vector<Member> others_;
};

TEST_F(Everybody, WritesInAGroupAndReadsWhatTheOthersWrite) {
  for (Member* founder : everybody()) {
    if (founder == &tablet_) continue;
    SCOPED_TRACE("a group of " + founder->opened.jid.to_string());
    const wire::Jid group = founder->client->create_group("A group", accounts_without(*founder));
    for (Member* author : everybody())
      write(*author, group, "hello of " + author->opened.jid.to_string());
  }
}

TEST_F(Everybody, ReadsLaterWhatWasWrittenInAGroupMeanwhile) {
  const wire::Jid group = desktop_.client->create_group("A group", accounts_without(desktop_));
  for (Member& away : others_) {
    SCOPED_TRACE(away.opened.jid.to_string() + " is away");
    write(desktop_, group, "before");
    away.client->disconnect();
    std::vector<std::string> texts;
    for (Member* author : everybody()) {
      if (author == &away) continue;
      texts.push_back("meanwhile " + author->opened.jid.to_string());
      write(*author, group, texts.back(), &away);
    }
    away.client->connect();
    for (const std::string& text : texts) EXPECT_EQ(away.client->next_message().text, text);
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

// Known failures are listed; a new one is red, and so is a listed case that passes. All cases take
// minutes: without the full matrix, some layers have to do.
TEST_P(Alone, FailsTheCasesThatItIsKnownToFail) {
  const std::string cases =
      is_full_matrix() ? "*"
                       : "client/acks/*:client/certificates/*:client/groups/*:client/noise/*:"
                         "client/pairing/*";
  EXPECT_EQ(doublecheck("certify --client '" + std::string(GetParam().adapter) + "' --filter '" +
                        cases + "' --expected " DC_SOURCE_DIR "/harness/adapters/" +
                        GetParam().name + "/expected.json"),
            0);
}

std::string folder_of(const Library& library) {
  return std::string(DC_SOURCE_DIR "/harness/adapters/") + library.name;
}

// Those that have a codec beside their adapter.
std::vector<Library> computing_libraries() {
  std::vector<Library> found;
  for (const Library& library : libraries()) {
    if (std::filesystem::exists(folder_of(library) + "/codec.mjs")) found.push_back(library);
  }
  return found;
}

class Computing : public Alone {};

TEST_P(Computing, IsWrongWhereItIsKnownToBe) {
  const std::string folder = folder_of(GetParam());
  EXPECT_EQ(doublecheck("certify --codec 'node " + folder + "/codec.mjs' --expected " + folder +
                        "/expected-codec.json"),
            0);
}

std::string name_of_pair(const testing::TestParamInfo<Pair::ParamType>& pair) {
  return name_in_test(std::get<0>(pair.param)) + "_" + name_in_test(std::get<1>(pair.param));
}

INSTANTIATE_TEST_SUITE_P(Libraries, Pair, testing::ValuesIn(pairs()), name_of_pair);
INSTANTIATE_TEST_SUITE_P(Libraries, Alone, testing::ValuesIn(libraries()),
                         [](const auto& tested) { return name_in_test(tested.param); });
INSTANTIATE_TEST_SUITE_P(Libraries, Computing, testing::ValuesIn(computing_libraries()),
                         [](const auto& tested) { return name_in_test(tested.param); });

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
