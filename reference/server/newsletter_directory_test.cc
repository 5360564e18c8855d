#include "reference/server/newsletter_directory.h"

#include <gtest/gtest.h>

#include <string>

#include "reference/server/limits.h"
#include "spec/base/random.h"

namespace doublecheck::server {
namespace {

Newsletter newsletter_of(std::string id, std::size_t followers = 1) {
  Newsletter newsletter;
  newsletter.id = std::move(id);
  for (std::size_t i = 0; i < followers; ++i) newsletter.followers[std::to_string(i)];
  newsletter.followers["0"].role = NewsletterRole::kOwner;
  return newsletter;
}

TEST(NewsletterDirectoryTest, FindsByIdJidAndCode) {
  NewsletterDirectory newsletters;
  Newsletter newsletter = newsletter_of("120363000000000001");
  newsletter.invite_code = "code";
  Newsletter* found = *newsletters.insert(newsletter);
  EXPECT_EQ(newsletters.find("120363000000000001"), found);
  EXPECT_EQ(newsletters.find(found->jid()), found);
  EXPECT_EQ(newsletters.look_up(found->jid()), found);
  EXPECT_EQ(newsletters.by_invite_code("code"), found);
  EXPECT_EQ(newsletters.find("120363000000000002"), nullptr);
  EXPECT_EQ(newsletters.find(wire::Jid::of_user("120363000000000001")), nullptr);
  EXPECT_EQ(newsletters.look_up(wire::Jid::of_user("120363000000000001")), nullptr);
  EXPECT_EQ(newsletters.by_invite_code("never"), nullptr);
  EXPECT_EQ(newsletters.by_invite_code(""), nullptr);
}

TEST(NewsletterDirectoryTest, RefusesIdsThatAreTakenOrNoNumbers) {
  NewsletterDirectory newsletters;
  ASSERT_TRUE(newsletters.insert(newsletter_of("1")));
  EXPECT_FALSE(newsletters.insert(newsletter_of("1")));
  EXPECT_FALSE(newsletters.insert(newsletter_of("")));
  EXPECT_FALSE(newsletters.insert(newsletter_of("x")));
}

TEST(NewsletterDirectoryTest, FollowersAreLimited) {
  NewsletterDirectory newsletters;
  EXPECT_TRUE(newsletters.insert(newsletter_of("1", kMaxFollowers)));
  EXPECT_FALSE(newsletters.insert(newsletter_of("2", kMaxFollowers + 1)));
}

TEST(NewsletterDirectoryTest, NewslettersAreLimited) {
  NewsletterDirectory newsletters;
  for (std::size_t i = 1; i <= kMaxNewsletters; ++i)
    ASSERT_TRUE(newsletters.insert(newsletter_of(std::to_string(i))));
  EXPECT_FALSE(newsletters.insert(newsletter_of("99999")));
}

TEST(NewsletterDirectoryTest, NewIdsAreFree) {
  NewsletterDirectory newsletters;
  SeededRandom random(1);
  SeededRandom same(1);
  const std::string first = newsletters.new_id(random);
  ASSERT_TRUE(newsletters.insert(newsletter_of(first)));
  EXPECT_NE(newsletters.new_id(same), first);
}

TEST(NewsletterDirectoryTest, AnAccountThatGoesFollowsNothing) {
  NewsletterDirectory newsletters;
  ASSERT_TRUE(newsletters.insert(newsletter_of("1", 2)));
  Newsletter& with_admin = **newsletters.insert(newsletter_of("2", 2));
  with_admin.followers["1"].role = NewsletterRole::kAdmin;
  Newsletter& of_others = **newsletters.insert(newsletter_of("3"));
  of_others.followers = {{"2", {.role = NewsletterRole::kOwner, .since = {}}}};
  ASSERT_TRUE(of_others.history.add({.id = "ID"}));
  ASSERT_TRUE(of_others.history.react(kFirstServerId, "0", "+", {}));
  newsletters.forget_changes();

  newsletters.forget_account("0");
  EXPECT_EQ(newsletters.look_up("1"), nullptr);
  ASSERT_NE(newsletters.look_up("2"), nullptr);
  EXPECT_TRUE(with_admin.is_owner("1"));
  EXPECT_TRUE(of_others.history.find(kFirstServerId)->counts().empty());
  EXPECT_EQ(newsletters.touched(), (std::set<std::string>{"1", "2", "3"}));
}

}  // namespace
}  // namespace doublecheck::server
