#include <gtest/gtest.h>

#include <string>

#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/test_state.h"
#include "spec/wire/node_literal.h"

namespace doublecheck::server {
namespace {

using namespace wire::literals;

// alice is the superadmin of a group that has room for one more.
class GroupMembersTest : public StateTest {
 protected:
  GroupMembersTest() {
    add_account("alice", "15550001111", "100000000000001");
    add_account("bob", "15550001112", "100000000000002");
    add_account("carol", "15550001113", "100000000000003");
    state_.directory.by_name("alice")->devices[1].number = 1;
    session_.phase = LoggedInPhase{{"15550001111", 1}, true, true};
    Group group;
    group.id = "120363000000000001";
    group.members["15550001111"] = Rank::kSuperAdmin;
    for (std::size_t i = 0; group.members.size() + 1 < kMaxGroupMembers; ++i)
      group.members[std::to_string(i)] = Rank::kMember;
    group_ = *state_.groups.insert(std::move(group));
  }

  void add_account(const char* name, const char* digits, const char* lid) {
    ASSERT_TRUE(state_.directory.create({.name = name, .phone_number = digits, .lid = lid}));
  }

  // How many of those whom alice adds are refused with 419.
  int refused_when_full(const wire::Node& add) {
    wire::Node iq = R"(<iq id="1" xmlns="w:g2" type="set"/>)"_node;
    iq.set("to", group_->jid());
    iq.content = std::vector<wire::Node>{add};
    Turn turn(state_, context_);
    answer_iq(turn, session_, iq);
    int refused = 0;
    for (const Outgoing& outgoing : turn.take_outgoing()) {
      if (outgoing.stanza->tag != "iq") continue;
      for (const wire::Node& result : outgoing.stanza->children().front().children())
        refused += result.text("error") == "419" ? 1 : 0;
    }
    return refused;
  }

  Group* group_ = nullptr;
};

// GROUP-45
TEST_F(GroupMembersTest, AGroupGrowsToItsLimitAndNotPastIt) {
  EXPECT_EQ(refused_when_full(
                R"(<add><participant jid=jid:"15550001112@s.whatsapp.net"/>
                        <participant jid=jid:"15550001113@s.whatsapp.net"/></add>)"_node),
            1);
  EXPECT_EQ(group_->members.size(), kMaxGroupMembers);
  EXPECT_TRUE(group_->has("15550001112"));
  EXPECT_EQ(
      refused_when_full(R"(<add><participant jid=jid:"15550001113@s.whatsapp.net"/></add>)"_node),
      1);
}

}  // namespace
}  // namespace doublecheck::server
