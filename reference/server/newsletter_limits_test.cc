#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/messages.h"
#include "reference/server/mex_ids.h"
#include "reference/server/turn.h"
#include "spec/base/random.h"
#include "spec/base/text_encoding.h"
#include "spec/wire/node_literal.h"

// The limits of newsletters, each at it and past it.
namespace doublecheck::server {
namespace {

using namespace wire::literals;

// alice is online, and owns a newsletter with one post that bob follows.
class NewsletterLimitsTest : public testing::Test {
 protected:
  NewsletterLimitsTest() {
    for (const auto& [name, digits, lid] : {std::tuple{"alice", kAlice, "100000000000001"},
                                            std::tuple{"bob", kBob, "100000000000002"}}) {
      Account* account =
          *state_.directory.create({.name = name, .phone_number = digits, .lid = lid});
      account->devices[1].number = 1;
    }
    state_.directory.find_device({kAlice, 1})->connection = session_.id;
    session_.phase = LoggedInPhase{{kAlice, 1}, true, true};
    newsletter_ = add_newsletter("120363000000000001");
    newsletter_->followers[kAlice].role = NewsletterRole::kOwner;
    newsletter_->followers[kBob].role = NewsletterRole::kSubscriber;
    EXPECT_TRUE(newsletter_->history.add({.id = "ID", .author = kAlice}));
  }

  Newsletter* add_newsletter(std::string id) {
    Newsletter newsletter;
    newsletter.id = std::move(id);
    return *state_.newsletters.insert(std::move(newsletter));
  }
  // Until alice follows so many.
  void follow_until(std::size_t count) {
    for (std::size_t i = 1; state_.newsletters.of_follower(kAlice).size() < count; ++i)
      add_newsletter(std::to_string(i))->followers[kAlice];
  }

  std::string answer_of(wire::Node iq) {
    iq.set("id", "1");
    Turn turn(state_, context_);
    answer_iq(turn, session_, iq);
    const std::vector<Outgoing> outgoing = turn.take_outgoing();
    EXPECT_FALSE(outgoing.empty());
    const wire::Node& answer = outgoing.front().stanza.value();
    if (answer.text("type") == "error")
      return "iq " + std::string(answer.children().front().text("code").value_or(""));
    return wire::print_node(answer);
  }
  // "iq 400", or what the document of the answer tells of its error; "granted" without one.
  std::string ask(const std::string& query_id, const std::string& variables,
                  std::size_t blanks = 0) {
    wire::Node query = R"(<query/>)"_node;
    query.set("query_id", wire::Text(query_id));
    const std::string content = R"({"variables":)" + variables + std::string(blanks, ' ') + "}";
    query.content = wire::Blob(as_bytes(content));
    wire::Node iq = R"(<iq xmlns="w:mex" type="get"/>)"_node;
    iq.content = std::vector<wire::Node>{query};
    iq.set("id", "1");
    Turn turn(state_, context_);
    answer_iq(turn, session_, iq);
    const std::vector<Outgoing> outgoing = turn.take_outgoing();
    const wire::Node& answer = outgoing.front().stanza.value();
    if (answer.text("type") == "error")
      return "iq " + std::string(answer.children().front().text("code").value_or(""));
    const std::string document = to_text(*answer.children().front().bytes());
    return document.find("\"errors\"") == std::string::npos ? "granted" : document;
  }
  std::string create(const std::string& members) {
    return ask("25149874324715067", R"({"input":{"name":"A name")" + members + "}}");
  }
  std::string join(const std::string& id) {
    return ask("24404358912487870", R"({"newsletter_id":")" + id + R"(@newsletter"})");
  }
  static bool is_refused(const std::string& answer, const std::string& limit) {
    return answer.find(limit) != std::string::npos;
  }

  // The acknowledgement of a message of alice's.
  wire::Node send(wire::Node message) {
    message.set("id", wire::Text("ID-" + std::to_string(next_id_++)));
    message.set("to", newsletter_->jid());
    Turn turn(state_, context_);
    route_message(turn, session_, message);
    std::vector<Outgoing> outgoing = turn.take_outgoing();
    return std::move(outgoing.back().stanza.value());
  }
  wire::Node post(const Bytes& plaintext, const std::string& media_type = "") {
    wire::Node child = R"(<plaintext/>)"_node;
    child.content = wire::Blob(plaintext);
    if (!media_type.empty()) child.set("mediatype", wire::Text(media_type));
    wire::Node message = R"(<message type="text"/>)"_node;
    message.content = std::vector<wire::Node>{child};
    return message;
  }
  wire::Node reaction(const std::string& code) {
    wire::Node child = R"(<reaction/>)"_node;
    child.set("code", wire::Text(code));
    wire::Node message = R"(<message type="reaction" server_id="100"/>)"_node;
    message.content = std::vector<wire::Node>{child};
    return message;
  }

  static constexpr const char* kAlice = "15550001111";
  static constexpr const char* kBob = "15550001112";
  SeededRandom random_{1};
  Context context_{.now = {.steady = {}, .wall = UnixTime::from_seconds(1'750'000'000)},
                   .random = random_};
  State state_{.config = {},
               .directory = Directory(random_),
               .sessions = {},
               .counters = {},
               .next_stanza_number = 1};
  Session session_{.id = 7, .carrier = "memory", .opened_at = {}, .phase = {}, .deadline = {}};
  Newsletter* newsletter_ = nullptr;
  int next_id_ = 1;
};

TEST_F(NewsletterLimitsTest, AQueryHasASize) {
  const std::size_t rest = std::string(R"({"variables":{}})").size();
  EXPECT_EQ(ask("33101596156151910", "{}", kMaxMexBytes - rest), "granted");
  EXPECT_EQ(ask("33101596156151910", "{}", kMaxMexBytes - rest + 1), "iq 419");
}

TEST_F(NewsletterLimitsTest, WhatANewsletterSaysHasALength) {
  const std::string name(kMaxNewsletterNameCharacters, 'n');
  EXPECT_EQ(ask("25149874324715067", R"({"newsletter_input":{"name":")" + name + R"("}})"),
            "granted");
  EXPECT_TRUE(
      is_refused(ask("25149874324715067", R"({"newsletter_input":{"name":")" + name + R"(n"}})"),
                 "kMaxNewsletterNameCharacters"));
  const std::string description(kMaxNewsletterDescriptionCharacters, 'd');
  EXPECT_EQ(create(R"(,"description":")" + description + "\""), "granted");
  EXPECT_TRUE(is_refused(create(R"(,"description":")" + description + "d\""),
                         "kMaxNewsletterDescriptionCharacters"));
  const Bytes picture(kMaxNewsletterPictureBytes, 7);
  EXPECT_EQ(create(R"(,"picture":")" + to_base64(picture) + "\""), "granted");
  EXPECT_TRUE(is_refused(create(R"(,"picture":")" + to_base64(Bytes(picture.size() + 1, 7)) + "\""),
                         "kMaxNewsletterPictureBytes"));
  EXPECT_TRUE(is_refused(create(R"(,"picture":"?")"), "base64"));
  EXPECT_TRUE(is_refused(create(R"(,"picture":1)"), "the variable picture is no text"));
}

TEST_F(NewsletterLimitsTest, FollowersAreLimited) {
  Newsletter& other = *add_newsletter("120363000000000002");
  for (std::size_t i = 0; other.followers.size() < kMaxFollowers - 1; ++i)
    other.followers[std::to_string(i)];
  EXPECT_EQ(join(other.id), "granted");
  EXPECT_EQ(other.followers.size(), kMaxFollowers);
  other.followers.erase(kAlice);
  other.followers["x"];
  EXPECT_TRUE(is_refused(join(other.id), "kMaxFollowers"));
}

TEST_F(NewsletterLimitsTest, WhatAnAccountFollowsIsLimited) {
  add_newsletter("120363000000000002");
  add_newsletter("120363000000000003");
  follow_until(kMaxFollowed - 2);
  EXPECT_EQ(create(""), "granted");
  EXPECT_EQ(join("120363000000000002"), "granted");
  EXPECT_TRUE(is_refused(create(""), "kMaxFollowed"));
  EXPECT_TRUE(is_refused(join("120363000000000003"), "kMaxFollowed"));
  EXPECT_EQ(join("120363000000000002"), "granted");  // which it does already
}

TEST_F(NewsletterLimitsTest, APostHasASize) {
  EXPECT_FALSE(send(post(Bytes(kMaxPostBytes, 1))).has("error"));
  EXPECT_EQ(send(post(Bytes(kMaxPostBytes + 1, 1))).text("error"), "479");
  const std::string type(kMaxPostAttributeBytes, 'm');
  EXPECT_FALSE(send(post({1}, type)).has("error"));
  EXPECT_EQ(send(post({1}, type + "m")).text("error"), "479");
}

TEST_F(NewsletterLimitsTest, ReactionsAreLimited) {
  const std::string code(kMaxReactionBytes, 'r');
  EXPECT_FALSE(send(reaction(code)).has("error"));
  EXPECT_EQ(send(reaction(code + "r")).text("error"), "479");
  NewsletterHistory& history = newsletter_->history;
  for (std::size_t i = 0; history.find(100)->counts().size() < kMaxReactionCodes - 1; ++i)
    ASSERT_TRUE(history.react(100, std::to_string(i), std::to_string(i), {}));
  EXPECT_FALSE(send(reaction("one more")).has("error"));
  ASSERT_TRUE(history.react(100, "x", "the last", {}));
  EXPECT_EQ(history.find(100)->counts().size(), kMaxReactionCodes);
  EXPECT_EQ(send(reaction("past it")).text("error"), "503");
  EXPECT_FALSE(send(reaction("the last")).has("error"));
  EXPECT_FALSE(send(reaction("")).has("error"));
}

TEST_F(NewsletterLimitsTest, APageHasALength) {
  for (std::size_t i = 1; i < kMaxPostsPerPage + 1; ++i)
    ASSERT_TRUE(newsletter_->history.add({.id = "ID", .author = kAlice}));
  const auto posts = [&](const char* child) {
    wire::Node iq = R"(<iq xmlns="newsletter" type="get"/>)"_node;
    iq.set("to", newsletter_->jid());
    iq.content = std::vector<wire::Node>{*wire::parse_node(child)};
    const std::string answer = answer_of(iq);
    std::size_t count = 0;
    for (std::size_t at = answer.find("server_id"); at != std::string::npos;
         at = answer.find("server_id", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(posts(R"(<messages count="100"/>)"), kMaxPostsPerPage);
  EXPECT_EQ(posts(R"(<messages count="101"/>)"), kMaxPostsPerPage);
  EXPECT_EQ(posts(R"(<messages/>)"), kMaxPostsPerPage);
  EXPECT_EQ(posts(R"(<message_updates count="101"/>)"), kMaxPostsPerPage);
  EXPECT_EQ(posts(R"(<message_updates count="3" since="18446744073709551615"/>)"), 0U);
}

TEST_F(NewsletterLimitsTest, NumbersThatAreNoneAreRefused) {
  for (const char* child : {R"(<messages count="x"/>)", R"(<messages before="-1"/>)",
                            R"(<message_updates since="1.5"/>)"}) {
    wire::Node iq = R"(<iq xmlns="newsletter" type="get"/>)"_node;
    iq.set("to", newsletter_->jid());
    iq.content = std::vector<wire::Node>{*wire::parse_node(child)};
    EXPECT_EQ(answer_of(iq), "iq 400") << child;
  }
}

TEST_F(NewsletterLimitsTest, WishesForLiveUpdatesAreLimited) {
  const auto wish = [&](const Newsletter& newsletter) {
    wire::Node iq = R"(<iq xmlns="newsletter" type="set"><live_updates/></iq>)"_node;
    iq.set("to", newsletter.jid());
    return answer_of(iq);
  };
  for (std::size_t i = 1; i <= kMaxLiveUpdates; ++i)
    EXPECT_NE(wish(*add_newsletter(std::to_string(i))), "iq 419");
  EXPECT_EQ(wish(*newsletter_), "iq 419");
  EXPECT_NE(wish(*state_.newsletters.find("1")), "iq 419");  // which it has already
  context_.now.steady = context_.now.steady + kLiveUpdates;
  EXPECT_NE(wish(*newsletter_), "iq 419");
}

TEST_F(NewsletterLimitsTest, WhoReadsNothingSilencesNobody) {
  OfflineQueue& queue = state_.directory.find_device({kBob, 1})->queue;
  while (queue.size() + 1 < kMaxQueuedStanzas) ASSERT_TRUE(queue.push(R"(<message id="x"/>)"_node));
  EXPECT_FALSE(send(post({1})).has("error"));
  EXPECT_TRUE(queue.full());
  EXPECT_FALSE(send(post({1})).has("error"));
  EXPECT_EQ(state_.counters["drop.queue_full"], 1U);
}

TEST_F(NewsletterLimitsTest, IdsOfQueriesAreConfigured) {
  EXPECT_TRUE(is_refused(ask("77", "{}"), "persisted query not found"));
  state_.config.mex_ids["77"] = "newsletters_subscribed";
  EXPECT_EQ(ask("77", "{}"), "granted");
  state_.config.mex_ids["33101596156151910"] = "newsletter_create";
  EXPECT_TRUE(is_refused(ask("33101596156151910", "{}"), "the variable name is missing"));
  EXPECT_TRUE(is_mex_operation("reachout_timelock"));
  EXPECT_FALSE(is_mex_operation(""));
}

}  // namespace
}  // namespace doublecheck::server
