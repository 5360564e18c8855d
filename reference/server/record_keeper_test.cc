#include "reference/server/record_keeper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reference/server/limits.h"
#include "reference/store/memory_store.h"
#include "spec/base/random.h"

namespace doublecheck::server {
namespace {

class RecordKeeperTest : public ::testing::Test {
 protected:
  RecordKeeperTest() {
    Account& account = **directory_.for_name("alice");
    alice_ = account.phone_number;
    add_device(1);
    account.blocklist.insert("100000000000001");
    account.app_state["regular"].patches.push_back({1, 2, 3});
    account.accepted.add({"chat", "id"});
    EXPECT_TRUE(account.devices.at(1).queue.push(
        {.tag = "message", .attributes = {{"id", "1"}}, .content = {}}));
    keep();
  }

  Account& alice() { return *directory_.by_phone_number(alice_); }
  void add_device(std::uint16_t number) {
    Device& device = alice().devices[number];
    device.number = number;
    device.key_index = alice().next_key_index++;
  }
  // Makes the store hold what has changed, and checks that nothing is amiss.
  void keep() {
    store_.commit({1, keeper_.changes(identity_, directory_, groups_, newsletters_)});
    EXPECT_EQ(store_.load(), RecordKeeper::snapshot(identity_, directory_, groups_, newsletters_));
  }
  std::size_t records_beneath(const std::string& key) const {
    const auto records = store_.load();
    return static_cast<std::size_t>(std::ranges::count_if(
        records, [&](const store::Record& record) { return record.key.starts_with(key + "/"); }));
  }

  // Why these are refused; "restored" if they are not, and then they are what is kept.
  std::string restored(const std::vector<store::Record>& records) const {
    Directory directory(random_);
    GroupDirectory groups;
    NewsletterDirectory newsletters;
    RecordKeeper keeper;
    const auto identity = keeper.restore(records, directory, groups, newsletters);
    if (!identity) return identity.error().to_string();
    if (!*identity) return "empty";
    EXPECT_TRUE(keeper.changes(**identity, directory, groups, newsletters).empty());
    EXPECT_EQ(RecordKeeper::snapshot(**identity, directory, groups, newsletters), records);
    return "restored";
  }
  std::string restored_without(const std::string& end_of_key) const {
    auto records = store_.load();
    std::erase_if(records,
                  [&](const store::Record& record) { return record.key.ends_with(end_of_key); });
    return restored(records);
  }
  std::string restored_with(const std::string& key, Bytes value = {}) const {
    store::MemoryStore other = store_;
    other.commit({1, {{key, std::move(value)}}});
    return restored(other.load());
  }
  std::string key(const std::string& rest) const { return "account/" + alice_ + rest; }

  SeededRandom random_{1};
  ServerIdentity identity_{noise::CertificateAuthority::generate(random_),
                           KeyPair::generate(random_), 1, 0};
  Directory directory_{random_};
  GroupDirectory groups_;
  NewsletterDirectory newsletters_;
  std::string alice_;
  RecordKeeper keeper_;
  store::MemoryStore store_;
};

TEST_F(RecordKeeperTest, WhatIsKeptComesBack) {
  EXPECT_EQ(restored(store_.load()), "restored");
  EXPECT_EQ(restored({}), "empty");
}

TEST_F(RecordKeeperTest, WhatDoesNotChangeIsNotKeptAgain) {
  alice();
  EXPECT_TRUE(keeper_.changes(identity_, directory_, groups_, newsletters_).empty());
}

TEST_F(RecordKeeperTest, ADeviceThatGoesTakesItsQueueWithIt) {
  alice().devices.erase(1);
  keep();
  EXPECT_EQ(records_beneath(key("/device")), 0U);
}

TEST_F(RecordKeeperTest, AnotherDeviceOfTheSameNumberInheritsNothing) {
  alice().devices.erase(1);
  add_device(1);
  keep();
  EXPECT_EQ(records_beneath(key("/device")), 2U);  // itself and its keys
}

TEST_F(RecordKeeperTest, WhatComesAndGoesInOneStepIsNeverKept) {
  OfflineQueue& queue = alice().devices.at(1).queue;
  auto queued = queue.push({.tag = "message", .attributes = {{"id", "2"}}, .content = {}});
  (*queued)->sent_on = 7;
  ASSERT_TRUE(queue.settle(7, "message", "2"));
  EXPECT_TRUE(keeper_.changes(identity_, directory_, groups_, newsletters_).empty());
}

TEST_F(RecordKeeperTest, AQueueThatIsClearedIsEmpty) {
  alice().devices.at(1).queue.clear();
  keep();
  EXPECT_EQ(records_beneath(key("/device/0000000000000001/queue")), 0U);
}

TEST_F(RecordKeeperTest, AccountsThatAreErasedAreGone) {
  directory_.erase(alice());
  keep();
  EXPECT_EQ(store_.load().size(), 1U);
  ASSERT_TRUE(directory_.for_name("bob"));
  keep();
  directory_.clear();
  keep();
  EXPECT_EQ(store_.load().size(), 1U);
}

TEST_F(RecordKeeperTest, GroupsAreKeptInFull) {
  const UnixTime at = UnixTime::from_seconds(1'750'000'000);
  Group group{.id = "120363000000000001",
              .creator = alice_,
              .created = at,
              .by_lid = false,
              .subject = {"A subject", alice_, at},
              .description = GroupText{"A description", alice_, at},
              .description_id = "D1",
              .members = {{alice_, Rank::kSuperAdmin}, {"2", Rank::kAdmin}, {"3", Rank::kMember}},
              .former = {"4", "5"},
              .removed = {"5"},
              .requests = {{"6", {at, "invite_link"}}},
              .invitations = {{"7", {"code", alice_, at}}},
              .switches = {"announcement", "locked"},
              .modes = {{"member_add_mode", "all_member_add"}},
              .needs_approval = true,
              .ephemeral_seconds = 86'400,
              .invite_code = "now",
              .old_invite_codes = {"before"},
              .participant_version = 7,
              .admin_version = 8,
              .is_parent = true,
              .is_default_sub_group = true,
              .parent = "120363000000000002"};
  const auto decoded = decode_group(group.id, encode_group(group));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, group);

  ASSERT_TRUE(groups_.insert(group));
  keep();
  EXPECT_EQ(records_beneath("group"), 1U);
  EXPECT_EQ(restored(store_.load()), "restored");
  groups_.find(group.id)->members.erase("3");
  keep();
  groups_.erase(*groups_.find(group.id));
  keep();
  EXPECT_EQ(records_beneath("group"), 0U);
  EXPECT_NE(restored_with("group/120363000000000001", {0xff}), "restored");
  EXPECT_NE(restored_with("group/x", encode_group(group)), "restored");
}

TEST_F(RecordKeeperTest, NewslettersAreKeptInFull) {
  const UnixTime at = UnixTime::from_seconds(1'750'000'000);
  Newsletter newsletter;
  newsletter.id = "120363000000000003";
  newsletter.created = at;
  newsletter.invite_code = "code";
  newsletter.name = "A name";
  newsletter.description = "A description";
  newsletter.picture = "P1";
  newsletter.followers = {
      {alice_, {.role = NewsletterRole::kOwner, .since = at, .muted = false, .admin_muted = true}},
      {"2", {.role = NewsletterRole::kAdmin, .since = at, .muted = false, .admin_muted = false}},
      {"3",
       {.role = NewsletterRole::kSubscriber, .since = at, .muted = true, .admin_muted = false}}};
  ASSERT_TRUE(newsletter.history.restore_next(700));
  const auto decoded = decode_newsletter(newsletter.id, encode_newsletter(newsletter));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->id, newsletter.id);
  EXPECT_EQ(decoded->created, newsletter.created);
  EXPECT_EQ(decoded->invite_code, newsletter.invite_code);
  EXPECT_EQ(decoded->name, newsletter.name);
  EXPECT_EQ(decoded->description, newsletter.description);
  EXPECT_EQ(decoded->picture, newsletter.picture);
  EXPECT_EQ(decoded->followers, newsletter.followers);
  EXPECT_EQ(decoded->history.next_server_id(), 700U);

  const NewsletterPost post{.server_id = 650,
                            .id = "ID-1",
                            .author = alice_,
                            .type = "media",
                            .media_type = "image",
                            .plaintext = {1, 2, 3},
                            .at = at,
                            .changed_at = UnixTime::from_seconds(1'750'000'009),
                            .revoked = true,
                            .reactions = {{"2", "+"}, {"3", "-"}},
                            .revision = 0};
  const auto read = decode_post(650, encode_post(post));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, post);
}

TEST_F(RecordKeeperTest, APostIsKeptAsItIsNow) {
  const UnixTime at = UnixTime::from_seconds(1'750'000'000);
  Newsletter newsletter;
  newsletter.id = "120363000000000003";
  newsletter.followers[alice_].role = NewsletterRole::kOwner;
  NewsletterHistory& history = (*newsletters_.insert(std::move(newsletter)))->history;
  for (std::size_t i = 0; i < kMaxPosts; ++i) ASSERT_TRUE(history.add({.id = "ID"}));
  keep();
  EXPECT_EQ(records_beneath("newsletter"), 1 + kMaxPosts);
  EXPECT_EQ(restored(store_.load()), "restored");
  newsletters_.find("120363000000000003");
  EXPECT_TRUE(keeper_.changes(identity_, directory_, groups_, newsletters_).empty());

  newsletters_.find("120363000000000003");
  ASSERT_TRUE(history.react(101, "2", "+", at));
  ASSERT_TRUE(history.edit(102, {1}, at));
  ASSERT_TRUE(history.revoke(103, at));
  ASSERT_TRUE(history.add({.id = "ID"}));  // the first one goes
  keep();
  EXPECT_EQ(records_beneath("newsletter"), 1 + kMaxPosts);
  EXPECT_EQ(restored(store_.load()), "restored");

  const std::string key = "newsletter/120363000000000003";
  const Bytes post = encode_post({.id = "ID"});
  EXPECT_NE(restored_with(key + "/post/0000000000000001", post), "restored");
  EXPECT_NE(restored_with(key + "/post/000000000000ffff", post), "restored");
  EXPECT_NE(restored_with(key + "/post/x", post), "restored");
  EXPECT_NE(restored_with(key + "/else/0000000000000065", post), "restored");
  EXPECT_NE(restored_with("newsletter/1/post/0000000000000065", post), "restored");
  EXPECT_NE(restored_with(key, {}), "restored");

  newsletters_.erase(*newsletters_.find("120363000000000003"));
  keep();
  EXPECT_EQ(records_beneath("newsletter"), 0U);
}

TEST_F(RecordKeeperTest, OnlyTheMessagesThatAreRememberedAreKept) {
  for (std::size_t i = 0; i < kMaxRememberedMessages; ++i) {
    alice().accepted.add({"chat", std::to_string(i)});
    if (i % 1000 == 0) keep();
  }
  keep();
  EXPECT_EQ(records_beneath(key("/accepted")), kMaxRememberedMessages);
  EXPECT_EQ(restored(store_.load()), "restored");
}

TEST_F(RecordKeeperTest, WhatIsMissingIsNamed) {
  EXPECT_NE(restored_without("server").find("record server is missing"), std::string::npos);
  EXPECT_NE(restored_without("/phone").find("its phone is missing"), std::string::npos);
  EXPECT_NE(restored_without("1/keys").find("/keys is missing"), std::string::npos);
  EXPECT_NE(restored_without(alice_).find("its account is missing"), std::string::npos);
  EXPECT_NE(restored_without("/device/0000000000000001").find("its device is missing"),
            std::string::npos);
}

TEST_F(RecordKeeperTest, WhatIsNotKnownIsRefused) {
  for (const std::string rest :
       {"/else", "/device/0000000000000001/else", "/keys/x", "/device/0000000000000001/queue/1",
        "/device/000000000001ffff", "/app_state/regular/0000000000000009", "/accepted/x",
        "/device/0000000000000001/queue/ffffffffffffffff"}) {
    EXPECT_NE(restored_with(key(rest)).find("record " + key(rest)), std::string::npos) << rest;
  }
  EXPECT_NE(restored_with("else").find("of no known kind"), std::string::npos);
  EXPECT_NE(restored_with("account/letters").find("record account/letters"), std::string::npos);
}

// Whatever a record holds, it is restored as it is or refused by name.
TEST_F(RecordKeeperTest, DamageIsRefusedOrHarmless) {
  const std::vector<store::Record> records = store_.load();
  SeededRandom random(5);
  std::size_t refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<store::Record> damaged = records;
    store::Record& record = damaged[random.below(damaged.size())];
    if (record.value.empty()) continue;
    if (random.below(2) == 0) {
      record.value.resize(random.below(record.value.size()));
    } else {
      record.value[random.below(record.value.size())] ^=
          static_cast<std::uint8_t>(1U << random.below(8));
    }
    Directory directory(random_);
    GroupDirectory groups;
    NewsletterDirectory newsletters;
    RecordKeeper keeper;
    if (const auto restored = keeper.restore(damaged, directory, groups, newsletters); !restored) {
      ++refused;
      EXPECT_NE(restored.error().to_string().find("record "), std::string::npos);
    }
  }
  EXPECT_GT(refused, 0U);
}

}  // namespace
}  // namespace doublecheck::server
