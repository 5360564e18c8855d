#include <gtest/gtest.h>

#include <string>

#include "reference/server/limits.h"
#include "reference/server/mex_ids.h"
#include "reference/server/test_newsletters.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::server {
namespace {

class MexTest : public NewsletterTest {};

constexpr const char* kUpdate = "24250201037901610";
constexpr const char* kUserSetting = "31938993655691868";
constexpr const char* kFollowers = "27472091235714801";
constexpr const char* kMetadata = "27456920720571478";

TEST_F(MexTest, IdsOfQueriesAreConfigured) {
  EXPECT_TRUE(is_refused(ask("77", "{}"), "persisted query not found"));
  state_.config.mex_ids["77"] = "newsletters_subscribed";
  EXPECT_EQ(ask("77", "{}"), "granted");
  state_.config.mex_ids["33101596156151910"] = "newsletter_create";
  EXPECT_TRUE(is_refused(ask("33101596156151910", "{}"), "the variable name is missing"));
  EXPECT_TRUE(is_mex_operation("reachout_timelock"));
  EXPECT_FALSE(is_mex_operation(""));
}

TEST_F(MexTest, WhatIsNotNamedStaysAsItIs) {
  newsletter_->name = "A name";
  newsletter_->description = "A description";
  const auto update = [&](const std::string& updates) {
    return ask(kUpdate,
               R"({"newsletter_id":"120363000000000001@newsletter","updates":)" + updates + "}");
  };
  EXPECT_EQ(update(R"({"name":"Another","description":null,"settings":null})"), "granted");
  EXPECT_EQ(newsletter_->name, "Another");
  EXPECT_EQ(newsletter_->description, "A description");
  EXPECT_TRUE(tells(R"("picture":{})"));
  EXPECT_EQ(update(R"({"picture":")" + to_base64(Bytes{1, 2, 3}) + R"("})"), "granted");
  EXPECT_TRUE(tells(R"("direct_path":"/newsletter/120363000000000001/)" + newsletter_->picture));
  // All of it or nothing.
  EXPECT_TRUE(is_refused(update(R"({"description":"","picture":"?"})"), "base64"));
  EXPECT_EQ(newsletter_->description, "A description");
  EXPECT_EQ(update(R"({"description":"","picture":""})"), "granted");
  EXPECT_EQ(newsletter_->description, "");
  EXPECT_EQ(newsletter_->picture, "");
}

TEST_F(MexTest, SettingsOfAFollowerAreTwo) {
  const auto set = [&](const std::string& type, const std::string& value) {
    return ask(kUserSetting,
               R"({"input":{"newsletter_id":"120363000000000001@newsletter","type":")" + type +
                   R"(","value":")" + value + R"("}})");
  };
  const Follower& alice = newsletter_->followers.at(kAlice);
  EXPECT_EQ(set("MUTE_FOLLOWER_ACTIVITY", "ON"), "granted");
  EXPECT_TRUE(alice.muted);
  EXPECT_FALSE(alice.admin_muted);
  EXPECT_EQ(set("MUTE_ADMIN_ACTIVITY", "ON"), "granted");
  EXPECT_EQ(set("MUTE_FOLLOWER_ACTIVITY", "OFF"), "granted");
  EXPECT_FALSE(alice.muted);
  EXPECT_TRUE(alice.admin_muted);
  EXPECT_TRUE(is_refused(set("MUTE_FOLLOWER_ACTIVITY", "on"), "neither ON nor OFF"));
  EXPECT_TRUE(is_refused(set("MUTE", "ON"), "is no setting"));
  newsletter_->followers.erase(kAlice);
  EXPECT_TRUE(is_refused(set("MUTE_FOLLOWER_ACTIVITY", "ON"), "does not follow"));
}

TEST_F(MexTest, TheOwnerComesFirstAmongFollowers) {
  const auto list = [&](const std::string& count) {
    return ask(kFollowers, R"({"input":{"newsletter_id":"120363000000000001@newsletter","count":)" +
                               count + "}}");
  };
  std::swap(newsletter_->followers[kAlice], newsletter_->followers[kBob]);
  newsletter_->followers[kAlice].role = NewsletterRole::kAdmin;
  EXPECT_EQ(list("10"), "granted");
  const auto owner = document_.find("\"owner\"");
  EXPECT_LT(owner, document_.find("100000000000002@lid"));
  EXPECT_LT(document_.find("100000000000002@lid"), document_.find("100000000000001@lid"));
  EXPECT_EQ(list("1"), "granted");
  EXPECT_FALSE(tells("100000000000001@lid"));
}

TEST_F(MexTest, WhatItIsToTheViewerMayBeLeftOut) {
  const auto look = [&](const std::string& wanted) {
    return ask(kMetadata, R"({"fetch_viewer_metadata":)" + wanted +
                              R"(,"input":{"type":"JID","key":"120363000000000001@newsletter"}})");
  };
  EXPECT_EQ(look("true"), "granted");
  EXPECT_TRUE(tells("viewer_metadata"));
  EXPECT_EQ(look("false"), "granted");
  EXPECT_FALSE(tells("viewer_metadata"));
  EXPECT_TRUE(is_refused(ask(kMetadata, R"({"input":{"type":"NAME","key":"x"}})"), "neither JID"));
  EXPECT_TRUE(is_refused(ask(kMetadata, R"({"input":[]})"), "the variable input is no object"));
}

TEST_F(MexTest, ANameThatIsNoTextIsToldAllTheSame) {
  state_.directory.find(kBob)->push_name = "\xff";
  EXPECT_EQ(ask(kFollowers, R"({"input":{"newsletter_id":"120363000000000001@newsletter"}})"),
            "granted");
  EXPECT_TRUE(tells("\xef\xbf\xbd"));
}

}  // namespace
}  // namespace doublecheck::server
