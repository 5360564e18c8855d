#include "reference/client/credentials.h"

#include <gtest/gtest.h>

#include "reference/client/prekey_nodes.h"
#include "reference/client/stanzas.h"
#include "reference/client/test_world.h"
#include "reference/client/trust.h"

// What the client remembers: own keys, other devices, messages; and how it survives a restart.
namespace doublecheck::client {
namespace {

using testing::TestClient;
using testing::World;

// ---- At rest

TEST(Credentials, SurviveARestart) {
  World world;
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");
  alice.send(bob.user(), "hello");
  bob.send(alice.user(), "welcome");
  alice.command(Disconnect{});
  alice.command(SendText{bob.user(), "kept", {}});

  const Bytes serialized = serialize(alice.client.credentials());
  auto restored = restore(serialized);
  ASSERT_TRUE(restored);
  EXPECT_EQ(serialize(*restored), serialized);
  EXPECT_EQ(restored->account, alice.client.credentials().account);
  EXPECT_EQ(restored->ticket, alice.client.credentials().ticket);
  EXPECT_EQ(restored->app_state_keys, alice.client.credentials().app_state_keys);
  EXPECT_EQ(restored->mailbox, alice.client.credentials().mailbox);
  EXPECT_FALSE(restored->mailbox.outbox.empty());
  EXPECT_FALSE(restored->mailbox.recent.empty());
  EXPECT_FALSE(restored->peers.sessions.empty());

  TestClient& again = world.add("alice", std::move(*restored));
  again.connect();
  again.send(bob.user(), "still me");
  bob.send(again.user(), "good");
  world.run_for(seconds(1));
  EXPECT_EQ(bob.texts(), (std::vector<std::string>{"hello", "kept", "still me"}));
  EXPECT_EQ(again.texts(), std::vector<std::string>{"good"});
}

TEST(Credentials, OfANewDeviceSurviveToo) {
  SeededRandom random(1);
  const Credentials fresh = Credentials::generate(random);
  const Bytes serialized = serialize(fresh);
  const auto restored = restore(serialized);
  ASSERT_TRUE(restored);
  EXPECT_EQ(serialize(*restored), serialized);
  EXPECT_FALSE(restored->account);
}

TEST(Credentials, AnythingElseIsRefused) {
  SeededRandom random(1);
  Bytes serialized = serialize(Credentials::generate(random));
  EXPECT_FALSE(restore({}));
  EXPECT_FALSE(restore(ByteView(serialized).first(1)));
  EXPECT_FALSE(restore(ByteView(serialized).first(serialized.size() / 2)));
  serialized.front() = 2;
  EXPECT_FALSE(restore(serialized)) << "another version";
}

TEST(Credentials, BeyondALimitAreRefused) {
  SeededRandom random(1);
  Credentials credentials = Credentials::generate(random);
  const payload::AppStateSyncKey key{
      .key_id = {1}, .key_data = {2}, .fingerprint = {}, .timestamp = 0};
  credentials.app_state_keys.assign(kMaxAppStateKeys, key);
  credentials.mailbox.outbox.resize(kMaxOutbox);
  credentials.mailbox.recent.resize(kMaxRecentMessages);
  EXPECT_TRUE(restore(serialize(credentials)));
  const auto refuses = [&](auto change) {
    Credentials changed = credentials;
    change(changed);
    return !restore(serialize(changed));
  };
  EXPECT_TRUE(refuses([&](Credentials& c) { c.app_state_keys.push_back(key); }));
  for (std::size_t i = 0; i < kMaxBlockedUsers; ++i)
    credentials.peers.blocked.insert({std::to_string(i), "lid", 0});
  EXPECT_TRUE(restore(serialize(credentials)));
  EXPECT_TRUE(refuses([](Credentials& c) { c.peers.blocked.insert({"one more", "lid", 0}); }));
  EXPECT_TRUE(refuses([](Credentials& c) { c.mailbox.outbox.emplace_back(); }));
  EXPECT_TRUE(refuses([](Credentials& c) { c.mailbox.recent.emplace_back(); }));
  EXPECT_TRUE(refuses([](Credentials& c) { c.keys.current_signed_prekey = 99; }));
  EXPECT_TRUE(refuses([](Credentials& c) { c.keys.next_prekey_id = 0; }));
}

// ---- Own keys

TEST(KeyStore, OneTimeKeysHaveIdsOfTheirOwnAndTheOldestGo) {
  SeededRandom random(1);
  KeyStore keys = KeyStore::generate(random);
  for (std::size_t i = 0; i < kMaxOneTimePrekeys; ++i) keys.add_one_time_prekey(random);
  EXPECT_EQ(keys.one_time_prekeys.size(), kMaxOneTimePrekeys);
  EXPECT_NE(keys.one_time_prekey(1), nullptr);
  keys.add_one_time_prekey(random);
  EXPECT_EQ(keys.one_time_prekeys.size(), kMaxOneTimePrekeys);
  EXPECT_EQ(keys.one_time_prekey(1), nullptr);
  EXPECT_NE(keys.one_time_prekey(2), nullptr);
  keys.consume(2);
  EXPECT_EQ(keys.one_time_prekey(2), nullptr);
}

TEST(KeyStore, IdsStartOverAfterTheLastAndPassOverThoseInUse) {
  SeededRandom random(1);
  KeyStore keys = KeyStore::generate(random);
  EXPECT_EQ(keys.add_one_time_prekey(random).id, 1u);
  keys.next_prekey_id = signal::kMaxPrekeyId;
  EXPECT_EQ(keys.add_one_time_prekey(random).id, signal::kMaxPrekeyId);
  EXPECT_EQ(keys.add_one_time_prekey(random).id, 2u);
}

// ---- Other devices

TEST(Peers, SessionsMoveToTheLidUnlessThereIsOne) {
  Peers peers;
  const auto phone_number = wire::Jid::of_user("15550001112");
  const auto lid = wire::Jid::of_lid("915550001112");
  signal::Session old;
  old.remote_registration_id = 1;
  signal::Session newer;
  newer.remote_registration_id = 2;
  peers.session(peers.address_of(wire::Jid::of_user("15550001112", 1)))->add(old);
  peers.session(peers.address_of(wire::Jid::of_user("15550001112", 2)))->add(old);
  peers.session(peers.address_of(wire::Jid::of_lid("915550001112", 2)))->add(newer);
  peers.learn(phone_number, lid);

  EXPECT_EQ(peers.sessions.size(), 2u);
  EXPECT_EQ(peers.address_of(wire::Jid::of_user("15550001112", 1)),
            (Address{"915550001112", "lid", 1}));
  EXPECT_EQ(peers.session({"915550001112", "lid", 1})->current()->remote_registration_id, 1u);
  EXPECT_EQ(peers.session({"915550001112", "lid", 2})->current()->remote_registration_id, 2u);
  EXPECT_EQ(peers.other_name(phone_number), lid);
  EXPECT_EQ(peers.other_name(lid), phone_number);
}

TEST(Peers, NobodyElseGivesTheOwnAccountAnotherName) {
  World world;
  TestClient& alice = world.paired("alice");
  Credentials credentials = alice.client.credentials();
  const Address own = credentials.own_address();
  EXPECT_FALSE(credentials.learn(alice.user(), wire::Jid::of_lid("915550009999")));
  EXPECT_FALSE(
      credentials.learn(credentials.account->lid->account(), wire::Jid::of_user("15550009999")));
  EXPECT_EQ(credentials.own_address(), own);
  EXPECT_TRUE(
      credentials.learn(wire::Jid::of_lid("915550009999", 3), wire::Jid::of_user("15550009999")));
  EXPECT_FALSE(
      credentials.learn(wire::Jid::of_user("15550009999"), wire::Jid::of_lid("915550009999")));
}

TEST(Peers, ForgetOneDeviceOrAUserWithAllDevices) {
  Peers peers;
  for (std::uint16_t device = 0; device < 3; ++device) peers.session({"1", "lid", device});
  peers.session({"2", "lid", 0});
  peers.trust({"1", "lid", 0}, {});
  peers.forget_device({"1", "lid", 1});
  EXPECT_EQ(peers.sessions.size(), 3u);
  peers.forget_user({"1", "lid", 2});
  EXPECT_EQ(peers.sessions.size(), 1u);
  EXPECT_EQ(peers.account_key({"1", "lid", 0}), nullptr);
}

TEST(Peers, AreLimited) {
  Peers peers;
  for (std::size_t i = 0; i < kMaxSessions; ++i)
    ASSERT_NE(peers.session({std::to_string(i), "lid", 0}), nullptr);
  EXPECT_EQ(peers.session({"one more", "lid", 0}), nullptr);
  EXPECT_NE(peers.session({"0", "lid", 0}), nullptr);
  for (std::size_t i = 0; i <= kMaxKnownUsers; ++i) {
    peers.trust({std::to_string(i), "lid", 0}, {});
    peers.learn(wire::Jid::of_user(std::to_string(i)), wire::Jid::of_lid(std::to_string(i)));
  }
  EXPECT_EQ(peers.account_keys.size(), kMaxKnownUsers);
  EXPECT_EQ(peers.lid_by_phone_number.size(), kMaxKnownUsers);
}

TEST(Trust, CompanionsNeedADocumentOfTheAccountThatIsKnown) {
  World world;
  TestClient& alice = world.paired("alice");
  TestClient& bob = world.paired("bob");
  const Credentials& other = bob.client.credentials();
  const PublicKey identity = other.keys.local.identity_key.public_key;
  const Bytes document = other.account->signed_identity;
  Credentials credentials = alice.client.credentials();
  const Address device = credentials.peers.address_of(bob.jid());

  const auto believed = check_identity(credentials, device, identity, document, {});
  ASSERT_TRUE(believed);
  EXPECT_EQ(believed->account_key, other.account->account_key);
  EXPECT_FALSE(check_identity(credentials, device, identity, std::nullopt, {})) << "no document";
  EXPECT_FALSE(check_identity(credentials, device, credentials.noise_key.public_key, document, {}))
      << "of another key";
  credentials.peers.trust(device, credentials.noise_key.public_key);
  EXPECT_FALSE(check_identity(credentials, device, identity, document, {})) << "of another account";
}

TEST(Trust, APrimaryDeviceMayChangeItsKeysButNotThatOfTheOwnAccount) {
  World world;
  TestClient& alice = world.paired("alice");
  Credentials credentials = alice.client.credentials();
  const Address phone{"915550001112", "lid", 0};
  const PublicKey first = credentials.noise_key.public_key;
  const PublicKey second = credentials.keys.local.identity_key.public_key;
  auto believed = check_identity(credentials, phone, first, std::nullopt, {});
  ASSERT_TRUE(believed);
  EXPECT_FALSE(believed->is_change);
  believe(credentials.peers, phone, *believed);
  credentials.peers.session(phone);
  credentials.peers.session({phone.user, phone.server, 3});

  believed = check_identity(credentials, phone, second, std::nullopt, {});
  ASSERT_TRUE(believed);
  EXPECT_TRUE(believed->is_change);
  believe(credentials.peers, phone, *believed);
  EXPECT_TRUE(credentials.peers.sessions.contains(phone));
  EXPECT_FALSE(credentials.peers.sessions.contains({phone.user, phone.server, 3}));
  EXPECT_EQ(*credentials.peers.account_key(phone), second);

  const Address own = credentials.peers.address_of(alice.user());
  EXPECT_TRUE(check_identity(credentials, own, credentials.account->account_key, std::nullopt, {}));
  EXPECT_FALSE(check_identity(credentials, own, second, std::nullopt, {}));
}

// ---- Published keys

TEST(PublishedKeys, AreReadOnlyWhenComplete) {
  SeededRandom random(1);
  KeyStore keys = KeyStore::generate(random);
  const signal::OneTimePrekey& one_time = keys.add_one_time_prekey(random);
  const wire::Node good =
      parent("user", {bytes_element("registration", u32_bytes(keys.local.registration_id)),
                      bytes_element("identity", keys.local.identity_key.public_key),
                      signed_prekey_node(keys.signed_prekey()), prekey_node(one_time)});
  const auto read = read_published_keys(good, good);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bundle, signal::PrekeyBundle::of(keys.local, keys.signed_prekey(), &one_time));
  EXPECT_FALSE(read->device_identity);

  const auto children = [](wire::Node& node) -> std::vector<wire::Node>& {
    return std::get<std::vector<wire::Node>>(node.content);
  };
  for (std::size_t missing = 0; missing < 3; ++missing) {
    wire::Node bad = good;
    children(bad).erase(children(bad).begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_FALSE(read_published_keys(bad, bad)) << missing;
  }
  wire::Node without_one_time = good;
  children(without_one_time).pop_back();
  EXPECT_TRUE(read_published_keys(without_one_time, without_one_time));
  for (std::size_t wrong = 0; wrong < 4; ++wrong) {
    wire::Node bad = good;
    wire::Node& child = children(bad)[wrong];
    wire::Node& leaf = child.children().empty() ? child : children(child)[1];
    leaf.content = wire::Blob(Bytes(33, 5));
    EXPECT_FALSE(read_published_keys(bad, bad)) << wrong;
  }
}

}  // namespace
}  // namespace doublecheck::client
