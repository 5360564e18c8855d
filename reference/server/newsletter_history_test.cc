#include "reference/server/newsletter_history.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "reference/server/limits.h"

namespace doublecheck::server {
namespace {

const UnixTime kNow = UnixTime::from_seconds(1'750'000'000);

NewsletterHistory history_of(std::size_t posts) {
  NewsletterHistory history;
  for (std::size_t i = 0; i < posts; ++i)
    EXPECT_TRUE(history.add({.id = "ID-" + std::to_string(i), .author = "1", .plaintext = {1}}));
  return history;
}

std::vector<std::uint64_t> numbers(const std::vector<const NewsletterPost*>& posts) {
  std::vector<std::uint64_t> found;
  for (const NewsletterPost* post : posts) found.push_back(post->server_id);
  return found;
}

TEST(NewsletterHistoryTest, PagesAreOldestFirst) {
  const NewsletterHistory history = history_of(5);
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(numbers(history.page({.after = 0, .before = 0}, 2)), (Numbers{103, 104}));
  EXPECT_EQ(numbers(history.page({.after = 0, .before = 103}, 2)), (Numbers{101, 102}));
  EXPECT_EQ(numbers(history.page({.after = 101, .before = 0}, 2)), (Numbers{102, 103}));
  EXPECT_EQ(numbers(history.page({.after = 100, .before = 104}, 2)), (Numbers{102, 103}));
  EXPECT_EQ(numbers(history.page({.after = 103, .before = 102}, 2)), Numbers{});
  EXPECT_EQ(numbers(history.page({.after = 104, .before = 0}, 2)), Numbers{});
  EXPECT_EQ(numbers(history.page({.after = 0, .before = 0}, 0)), Numbers{});
  EXPECT_EQ(history.page({.after = 0, .before = 0}, 9).size(), 5U);
}

TEST(NewsletterHistoryTest, KeepsTheLatest) {
  NewsletterHistory history = history_of(kMaxPosts);
  EXPECT_NE(history.find(kFirstServerId), nullptr);
  ASSERT_TRUE(history.add({.id = "one more"}));
  EXPECT_EQ(history.find(kFirstServerId), nullptr);
  EXPECT_EQ(history.posts().size(), kMaxPosts);
}

TEST(NewsletterHistoryTest, NumbersEnd) {
  NewsletterHistory history;
  ASSERT_TRUE(history.restore_next(kLastServerId));
  ASSERT_TRUE(history.add({.id = "the last"}));
  EXPECT_FALSE(history.add({.id = "one more"}));
  EXPECT_TRUE(history.restore_next(history.next_server_id()));
  EXPECT_FALSE(history.restore_next(kLastServerId + 2));
  EXPECT_FALSE(history.restore_next(kFirstServerId - 1));
}

TEST(NewsletterHistoryTest, AnAccountHasOneReaction) {
  NewsletterHistory history = history_of(1);
  EXPECT_TRUE(history.react(100, "2", "+", kNow));
  EXPECT_FALSE(history.react(100, "2", "+", kNow));
  EXPECT_TRUE(history.react(100, "3", "+", kNow));
  EXPECT_EQ(history.find(100)->counts().at("+"), 2U);
  EXPECT_TRUE(history.react(100, "2", "-", kNow));
  EXPECT_EQ(history.find(100)->counts().at("+"), 1U);
  EXPECT_TRUE(history.react(100, "2", "", kNow));
  EXPECT_FALSE(history.react(100, "2", "", kNow));
  EXPECT_FALSE(history.react(101, "2", "+", kNow));
  EXPECT_TRUE(history.forget_account("3"));
  EXPECT_FALSE(history.forget_account("3"));
  EXPECT_TRUE(history.find(100)->counts().empty());
}

TEST(NewsletterHistoryTest, WhatIsRevokedIsNotShownAndNotChanged) {
  NewsletterHistory history = history_of(2);
  EXPECT_TRUE(history.edit(100, {2}, kNow));
  EXPECT_FALSE(history.edit(100, {2}, kNow));
  EXPECT_TRUE(history.revoke(100, kNow));
  EXPECT_FALSE(history.revoke(100, kNow));
  EXPECT_FALSE(history.edit(100, {3}, kNow));
  EXPECT_FALSE(history.react(100, "2", "+", kNow));
  EXPECT_TRUE(history.find(100)->plaintext.empty());
  EXPECT_EQ(numbers(history.page({.after = 0, .before = 0}, 9)), (std::vector<std::uint64_t>{101}));
}

TEST(NewsletterHistoryTest, FindsByIdAndAuthor) {
  const NewsletterHistory history = history_of(2);
  EXPECT_EQ(history.find("ID-1")->server_id, 101U);
  EXPECT_EQ(history.find("ID-1", "1")->server_id, 101U);
  EXPECT_EQ(history.find("ID-1", "2"), nullptr);
  EXPECT_EQ(history.find("ID-2"), nullptr);
}

}  // namespace
}  // namespace doublecheck::server
