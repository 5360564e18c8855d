#include <gtest/gtest.h>

#include "reference/client/test_couple.h"
#include "spec/wire/node_literal.h"

// Tokens by which others say that they want to hear from the client.
namespace doublecheck::client {
namespace {

using std::chrono::seconds;
using testing::Couple;
using namespace wire::literals;

struct Tokens : Couple {
  Tokens() { get_acquainted(); }

  // Bob has issued a token, so many seconds ago.
  void issue(std::string_view value, std::int64_t seconds_ago) {
    wire::Node news = R"(<notification type="privacy_token" t="1750000000">
        <tokens><token type="trusted_contact"/></tokens></notification>)"_node;
    news.set("id", wire::Text("token-" + std::to_string(next_++)));
    news.set("from", bob.user());
    wire::Node& tokens = std::get<std::vector<wire::Node>>(news.content).front();
    wire::Node& token = std::get<std::vector<wire::Node>>(tokens.content).front();
    token.set("t", wire::Text(std::to_string(testing::kStart - seconds_ago)));
    token.set("jid", alice.user());  // says nothing
    token.content = wire::Blob(as_bytes(value));
    world.inject(alice, news);
    world.run_for(seconds(1));
  }
  // What alice shows with a message to this user.
  std::string shown_to(const wire::Jid& user) {
    world.tap.received_stanzas.clear();
    alice.send(user, "hello");
    world.run_for(seconds(1));
    for (const auto& received : world.tap.received_stanzas) {
      if (received.node.tag != "message") continue;
      const wire::Node* token = received.node.child("tctoken");
      return token == nullptr ? "none" : to_text(token->bytes().value_or(ByteView{}));
    }
    return "no message";
  }

 private:
  int next_ = 1;
};

TEST(PrivacyTokens, AreShownToTheirIssuerAlone) {
  Tokens test;
  EXPECT_EQ(test.shown_to(test.bob.user()), "none");
  test.issue("T1", 10);
  EXPECT_EQ(test.shown_to(test.bob.user()), "T1");
  EXPECT_EQ(test.shown_to(test.bob.client.credentials().account->lid->account()), "T1");
  EXPECT_EQ(test.shown_to(test.alice.user()), "none");
}

TEST(PrivacyTokens, AreReplacedByNewerOnesAlone) {
  Tokens test;
  test.issue("T1", 10);
  test.issue("older", 20);
  test.issue("as old", 10);
  EXPECT_EQ(test.shown_to(test.bob.user()), "T1");
  test.issue("T2", 5);
  EXPECT_EQ(test.shown_to(test.bob.user()), "T2");
}

TEST(PrivacyTokens, ExpireAfterFourPeriods) {
  Tokens test;
  constexpr std::int64_t kPeriod = 604'800;
  const std::int64_t into_this_period = testing::kStart % kPeriod;
  test.issue("too old", into_this_period + 3 * kPeriod + 1);
  EXPECT_EQ(test.shown_to(test.bob.user()), "none");
  test.issue("the oldest", into_this_period + 3 * kPeriod);
  EXPECT_EQ(test.shown_to(test.bob.user()), "the oldest");
}

TEST(PrivacyTokens, SurviveARestart) {
  Tokens test;
  test.issue("T1", 10);
  const auto restored = restore(serialize(test.alice.client.credentials()));
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->peers.privacy_tokens, test.alice.client.credentials().peers.privacy_tokens);
  EXPECT_EQ(restored->peers.privacy_tokens.size(), 1U);
}

}  // namespace
}  // namespace doublecheck::client
