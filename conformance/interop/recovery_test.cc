#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "conformance/interop/libraries.h"
#include "conformance/interop/live_client.h"
#include "conformance/interop/message_tap.h"
#include "harness/suite/client_bench.h"
#include "spec/wire/node_text.h"

// A message that its reader cannot decrypt: between the reference client and each library, both
// ways.
namespace doublecheck::harness {
namespace {

using std::chrono::seconds;

// How often one reader asks for one message, and how often it is sent again to him (STANZA-93,
// RETRY-07).
constexpr std::size_t kMostRounds = 5;
// Who does not ask again for so long has given up.
constexpr seconds kQuiet{8};

struct Member {
  std::unique_ptr<LiveClient> client;
  client::Opened opened;

  wire::Jid account() const { return opened.jid.account(); }
};

// The author writes, and the reader has two devices: one that cannot read, and a bystander.
class Recovery : public testing::TestWithParam<std::tuple<Library, Library>> {
 protected:
  void SetUp() override {
    const auto& [author, reader] = GetParam();
    for (const Library& library : {author, reader}) {
      if (!is_prepared(library))
        GTEST_SKIP() << library.name << " is not installed: run ci/adapters";
    }
    auto server = LiveServer::start(driver_, SystemRandom(),
                                    {.tamper = &tap_, .guard = nullptr, .recorder = nullptr});
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = std::move(*server);
    author_ = join(author, "author");
    reader_ = join(reader, "reader");
    bystander_ = join(reference(), "reader");
    // Both have heard from each other, so that nothing starts a session any more.
    write("before");
    EXPECT_EQ(reader_.client->next_message().text, "before");
    EXPECT_EQ(bystander_.client->next_message().text, "before");
    reader_.client->send(author_.account(), "welcome");
    EXPECT_EQ(author_.client->next_message().text, "welcome");
    EXPECT_EQ(bystander_.client->next_message().text, "welcome");
  }

  // The whole exchange, for the reader of a failure.
  void TearDown() override {
    if (!HasFailure()) return;
    for (const wire::Node& stanza : tap_.sent())
      std::cerr << "clients sent " << wire::print_node(stanza) << "\n";
  }

  Member join(const Library& library, const std::string& name) {
    Member member{std::make_unique<LiveClient>(driver_, *server_, library.adapter, name), {}};
    member.opened = member.client->pair();
    return member;
  }

  std::string write(const std::string& text) {
    return author_.client->send(reader_.account(), text);
  }

  const server::Account& account_of(const Member& member) const {
    return *server_->core().state().directory.look_up(member.opened.jid.user.view());
  }
  void damage(std::size_t copies) {
    tap_.damage(account_of(reader_).devices.at(reader_.opened.jid.device).connection.value(),
                copies);
  }

  std::size_t asked_for(const std::string& id) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        tap_.sent("receipt", id),
        [](const wire::Node& receipt) { return receipt.text("type") == "retry"; }));
  }
  std::size_t resends_of(const std::string& id) const {
    const std::size_t sent = tap_.sent("message", id).size();
    return sent == 0 ? 0 : sent - 1;
  }

  // Only the device that has asked is a recipient of what was sent again.
  void expect_resends_for_the_reader_alone(const std::string& id) const {
    const server::Account& account = account_of(reader_);
    const std::uint16_t number = reader_.opened.jid.device;
    const DeviceNames reader{account.pn(number), account.lid_jid(number)};
    const auto sent = tap_.sent("message", id);
    for (std::size_t i = 1; i < sent.size(); ++i) {
      const std::string text = wire::print_node(sent[i]);
      const wire::Node* participants = sent[i].child("participants");
      // Some say it in both ways.
      if (sent[i].child("enc") != nullptr) {
        EXPECT_TRUE(reader.is(sent[i].jid("to"))) << text;
      }
      if (participants == nullptr) continue;
      for (const wire::Node& to : participants->children())
        EXPECT_TRUE(reader.is(to.jid("jid"))) << text;
    }
  }

  SocketDriver driver_;
  MessageTap tap_;
  std::unique_ptr<LiveServer> server_;
  Member author_;
  Member reader_;
  Member bystander_;
};

TEST_P(Recovery, AnUnreadableMessageArrivesOnceAfterAll) {
  // The second round brings new keys.
  for (const std::size_t copies : {1U, 2U}) {
    SCOPED_TRACE(std::to_string(copies) + " unreadable copies");
    damage(copies);
    const std::string id = write("recovered");
    const client::MessageReceived message = reader_.client->next_message();
    EXPECT_EQ(message.id, id);
    EXPECT_EQ(message.text, "recovered");
    EXPECT_EQ(bystander_.client->next_message().id, id);
    EXPECT_GE(asked_for(id), copies);
    EXPECT_LE(asked_for(id), kMostRounds);
    EXPECT_GE(resends_of(id), copies);
    EXPECT_LE(resends_of(id), kMostRounds);
    expect_resends_for_the_reader_alone(id);

    // Nothing comes a second time, and what follows is read at once.
    damage(0);
    const std::string next = write("after");
    EXPECT_EQ(reader_.client->next_message().id, next);
    EXPECT_EQ(bystander_.client->next_message().id, next);
    EXPECT_EQ(asked_for(next), 0U);
  }
}

TEST_P(Recovery, WhoNeverCanReadIsNotAnsweredWithoutEnd) {
  damage(MessageTap::kAlways);
  const std::string id = write("never read");
  EXPECT_EQ(bystander_.client->next_message().id, id);
  std::size_t asked = 0;
  while (driver_.run_until([&] { return asked_for(id) > asked; }, kQuiet)) asked = asked_for(id);
  EXPECT_GE(asked_for(id), 1U);
  EXPECT_LE(asked_for(id), kMostRounds);
  EXPECT_GE(resends_of(id), 1U);
  EXPECT_LE(resends_of(id), kMostRounds);
  expect_resends_for_the_reader_alone(id);
  RecordProperty("retry_receipts", static_cast<int>(asked_for(id)));
  RecordProperty("resends", static_cast<int>(resends_of(id)));

  damage(0);
  const std::string next = write("after");
  EXPECT_EQ(reader_.client->next_message().id, next);
  EXPECT_EQ(bystander_.client->next_message().id, next);
}

std::vector<std::tuple<Library, Library>> both_ways() {
  std::vector<std::tuple<Library, Library>> pairs{{reference(), reference()}};
  for (const Library& library : libraries()) {
    pairs.emplace_back(reference(), library);
    pairs.emplace_back(library, reference());
  }
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Libraries, Recovery, testing::ValuesIn(both_ways()), [](const auto& pair) {
  return name_in_test(std::get<0>(pair.param)) + "_to_" + name_in_test(std::get<1>(pair.param));
});

}  // namespace
}  // namespace doublecheck::harness
