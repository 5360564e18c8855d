#include "spec/signal/session_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "spec/signal/test_device.h"

namespace doublecheck::signal {
namespace {

using testing::Device;
using testing::Pair;
using testing::text_of;

// A pair whose records have everything in them that a record can have.
Pair rich_pair() {
  Pair pair;
  EXPECT_TRUE(pair.alice.initiate(pair.bob.bundle()));  // archived and pending sessions
  pair.alice.encrypt("lost");
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("read"))), "read");  // skipped keys
  return pair;
}

TEST(SessionRecord, RestoresWhatItSerialized) {
  Pair pair = rich_pair();
  for (Device* device : {&pair.alice, &pair.bob}) {
    const Bytes serialized = device->record.serialize();
    const auto restored = SessionRecord::restore(serialized);
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored->serialize(), serialized);
    device->record = *restored;
  }
  EXPECT_EQ(text_of(pair.bob.decrypt(pair.alice.encrypt("after"))), "after");
  EXPECT_EQ(text_of(pair.alice.decrypt(pair.bob.encrypt("answer"))), "answer");
}

TEST(SessionRecord, RestoresAnEmptyOneAndOneWithoutCurrentSession) {
  const auto empty = SessionRecord::restore(SessionRecord().serialize());
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->sessions().empty());

  Pair pair;
  pair.alice.record.archive_current();
  const auto archived = SessionRecord::restore(pair.alice.record.serialize());
  ASSERT_TRUE(archived);
  EXPECT_EQ(archived->current(), nullptr);
  EXPECT_EQ(archived->sessions().size(), 1U);
}

TEST(SessionRecord, RefusesOtherVersions) {
  Bytes serialized = rich_pair().alice.record.serialize();
  for (int version = 0; version < 256; ++version) {
    serialized.front() = static_cast<std::uint8_t>(version);
    EXPECT_EQ(SessionRecord::restore(serialized).has_value(), version == 1) << version;
  }
  EXPECT_FALSE(SessionRecord::restore({}));
}

// Whatever is restored is a record that serializes to the same bytes.
TEST(SessionRecord, HasOneForm) {
  const Bytes serialized = rich_pair().bob.record.serialize();
  for (std::size_t bit = 0; bit < 8 * serialized.size(); bit += 5) {
    Bytes changed = serialized;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto restored = SessionRecord::restore(changed);
    if (restored) {
      EXPECT_EQ(restored->serialize(), changed) << bit;
    }
  }
  // Cut off, it is a record only where a session ends.
  std::size_t restored_count = 0;
  for (std::size_t size = 0; size < serialized.size(); ++size) {
    if (SessionRecord::restore(ByteView(serialized).first(size))) ++restored_count;
  }
  EXPECT_EQ(restored_count, rich_pair().bob.record.sessions().size() - 1);
  Bytes longer = serialized;
  append(longer, *from_hex("7807"));  // an unknown field
  EXPECT_FALSE(SessionRecord::restore(longer));
}

TEST(SessionRecord, IsLimitedInSessions) {
  Pair pair;
  const Session session = *pair.alice.record.current();
  SessionRecord record;
  for (std::size_t i = 0; i < kMaxSessions + 1; ++i) {
    record.add(session);
    EXPECT_EQ(record.sessions().size(), std::min(i + 1, kMaxSessions));
  }
  const Bytes full = record.serialize();
  EXPECT_TRUE(SessionRecord::restore(full));

  // One more than `add` lets in: the sessions of the full record once, and those of a record with
  // one.
  SessionRecord one;
  one.add(session);
  Bytes one_more = full;
  append(one_more, ByteView(one.serialize()).subspan(3));  // behind the version and `has_current`
  const auto refused = SessionRecord::restore(one_more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "too many sessions");
}

TEST(SessionRecord, PromotesOneAndKeepsTheOrderOfTheOthers) {
  Pair pair;
  const Session session = *pair.alice.record.current();
  SessionRecord record;
  for (std::uint32_t id = 1; id <= 4; ++id) {
    record.add(session);
    record.current()->remote_registration_id = id;
  }
  const auto order = [&] {
    std::vector<std::uint32_t> ids;
    for (const Session& each : record.sessions()) ids.push_back(each.remote_registration_id);
    return ids;
  };
  ASSERT_EQ(order(), (std::vector<std::uint32_t>{4, 3, 2, 1}));
  record.archive_current();
  record.promote(2);
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{2, 4, 3, 1}));
  ASSERT_NE(record.current(), nullptr);

  Session other = session;
  other.remote_registration_id = 9;
  record.replace(3, other);
  EXPECT_EQ(order(), (std::vector<std::uint32_t>{2, 4, 3, 9}));
}

TEST(SessionRecord, IsLimitedInChainsAndSkippedKeys) {
  Pair pair;
  Session session = *pair.alice.record.current();
  Session::PeerChain chain = session.receiving.front();
  chain.chain = {.next = 0xfffffffe, .oldest = 0xff000000};
  for (std::uint32_t i = 0; i < kMaxSkippedKeys; ++i) {
    chain.chain.skipped.push_back({.counter = 0xff000000 + i});
  }
  session.receiving.assign(kMaxReceivingChains, chain);
  const auto restores = [](const Session& candidate) {
    SessionRecord record;
    record.add(candidate);
    return SessionRecord::restore(record.serialize()).has_value();
  };
  EXPECT_TRUE(restores(session));
  SessionRecord record;
  record.add(session);
  EXPECT_LE(record.serialize().size() * kMaxSessions, kMaxRecordSize);

  Session changed = session;
  changed.receiving.push_back(chain);
  EXPECT_FALSE(restores(changed));
  changed = session;
  changed.receiving.front().chain.skipped.push_back({.counter = 0xffff0000});
  EXPECT_FALSE(restores(changed));
}

TEST(SessionRecord, RefusesInconsistentChains) {
  Pair pair;
  const Session session = *pair.alice.record.current();
  const auto restores = [&](const ReceivingChain& chain) {
    SessionRecord record;
    Session changed = session;
    changed.receiving.front().chain = chain;
    record.add(changed);
    return SessionRecord::restore(record.serialize()).has_value();
  };
  EXPECT_TRUE(restores({.next = 9, .oldest = 2, .skipped = {{.counter = 2}, {.counter = 8}}}));
  EXPECT_FALSE(restores({.next = 9, .oldest = 10}));
  EXPECT_FALSE(restores({.next = 9, .oldest = 2, .skipped = {{.counter = 1}}}));
  EXPECT_FALSE(restores({.next = 9, .oldest = 2, .skipped = {{.counter = 9}}}));
  EXPECT_FALSE(restores({.next = 9, .oldest = 2, .skipped = {{.counter = 5}, {.counter = 5}}}));
  EXPECT_FALSE(restores({.next = 9, .oldest = 2, .skipped = {{.counter = 5}, {.counter = 4}}}));
}

TEST(SessionRecord, IsLimitedInSize) {
  const auto refused = SessionRecord::restore(Bytes(kMaxRecordSize + 1, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "too large");
  const auto other = SessionRecord::restore(Bytes(kMaxRecordSize, 1));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().why, "too large");
}

}  // namespace
}  // namespace doublecheck::signal
