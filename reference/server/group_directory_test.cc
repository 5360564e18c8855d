#include "reference/server/group_directory.h"

#include <gtest/gtest.h>

#include <string>

#include "reference/server/limits.h"
#include "spec/base/random.h"

namespace doublecheck::server {
namespace {

Group group_of(std::string id, std::size_t members = 1) {
  Group group;
  group.id = std::move(id);
  for (std::size_t i = 0; i < members; ++i) group.members[std::to_string(i)] = Rank::kMember;
  return group;
}

TEST(GroupDirectoryTest, FindsByIdJidAndCode) {
  GroupDirectory groups;
  Group group = group_of("120363000000000001");
  group.invite_code = "now";
  group.old_invite_codes = {"before"};
  Group* found = *groups.insert(group);
  EXPECT_EQ(groups.find("120363000000000001"), found);
  EXPECT_EQ(groups.find(found->jid()), found);
  EXPECT_EQ(groups.by_invite_code("now"), found);
  EXPECT_EQ(groups.by_invite_code("before"), found);
  EXPECT_EQ(groups.find("120363000000000002"), nullptr);
  EXPECT_EQ(groups.find(wire::Jid::of_user("120363000000000001")), nullptr);
  EXPECT_EQ(groups.by_invite_code("never"), nullptr);
  EXPECT_EQ(groups.by_invite_code(""), nullptr);
}

TEST(GroupDirectoryTest, RefusesIdsThatAreTakenOrNoNumbers) {
  GroupDirectory groups;
  ASSERT_TRUE(groups.insert(group_of("1")));
  EXPECT_FALSE(groups.insert(group_of("1")));
  EXPECT_FALSE(groups.insert(group_of("")));
  EXPECT_FALSE(groups.insert(group_of("1-2")));
  EXPECT_FALSE(groups.insert(group_of(std::string(21, '1'))));
}

TEST(GroupDirectoryTest, MembersAreLimited) {
  GroupDirectory groups;
  EXPECT_TRUE(groups.insert(group_of("1", kMaxGroupMembers)));
  EXPECT_FALSE(groups.insert(group_of("2", kMaxGroupMembers + 1)));
}

TEST(GroupDirectoryTest, GroupsAreLimited) {
  GroupDirectory groups;
  for (std::size_t i = 1; i <= kMaxGroups; ++i)
    ASSERT_TRUE(groups.insert(group_of(std::to_string(i))));
  EXPECT_FALSE(groups.insert(group_of("99999")));
}

TEST(GroupDirectoryTest, NewIdsAreFree) {
  GroupDirectory groups;
  SeededRandom random(1);
  SeededRandom same(1);
  const std::string first = groups.new_id(random);
  ASSERT_TRUE(groups.insert(group_of(first)));
  EXPECT_NE(groups.new_id(same), first);
}

TEST(GroupDirectoryTest, AnAccountThatGoesIsInNoGroup) {
  GroupDirectory groups;
  ASSERT_TRUE(groups.insert(group_of("1", 1)));
  ASSERT_TRUE(groups.insert(group_of("2", 2)));
  groups.forget_account("0");
  EXPECT_EQ(groups.find("1"), nullptr);
  ASSERT_NE(groups.find("2"), nullptr);
  EXPECT_FALSE(groups.find("2")->has("0"));
  EXPECT_TRUE(groups.find("2")->has("1"));
}

}  // namespace
}  // namespace doublecheck::server
