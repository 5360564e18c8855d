#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reference/server/limits.h"
#include "reference/server/test_newsletters.h"
#include "spec/base/text_encoding.h"

// The limits of newsletters, each at it and past it.
namespace doublecheck::server {
namespace {

class NewsletterLimitsTest : public NewsletterTest {
 protected:
  // Until alice follows so many.
  void follow_until(std::size_t count) {
    for (std::size_t i = 1; state_.newsletters.of_follower(kAlice).size() < count; ++i)
      add_newsletter(std::to_string(i))->followers[kAlice];
  }
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

}  // namespace
}  // namespace doublecheck::server
