#include "spec/base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "spec/base/text_encoding.h"

namespace doublecheck {
namespace {

// Computed apart from this code, so that a seed in a report replays everywhere and for ever:
// SHA-256 of key and block number, the key being SHA-256 of "doublecheck/random" and the seed.
const char* const kStreamOfSeed1 =
    "7a40ea80942dca8cc8672e0a0de2a9e6fc4fdfe6c72e442f5b9a12f6884e653995abc6a1fed44c85"
    "7614929d17a1b72f6dd63cd7ea74ee36e3cea5734730edb0f5db66853ad4483d012d9f1a53bda593";

TEST(SeededRandom, TheStreamOfASeedIsFixed) {
  EXPECT_EQ(to_hex(SeededRandom(1).bytes(80)), kStreamOfSeed1);
}

TEST(SeededRandom, HowMuchIsDrawnAtOnceDoesNotMatter) {
  for (const std::size_t step : {1U, 7U, 31U, 32U, 33U, 80U}) {
    SeededRandom random(1);
    Bytes drawn;
    while (drawn.size() < 80)
      append(drawn, random.bytes(std::min<std::size_t>(step, 80 - drawn.size())));
    EXPECT_EQ(to_hex(drawn), kStreamOfSeed1) << step;
  }
}

TEST(SeededRandom, IntegersAreBigEndian) {
  SeededRandom bytes(1);
  SeededRandom integers(1);
  EXPECT_EQ(to_hex(bytes.bytes(4)), "7a40ea80");
  EXPECT_EQ(integers.u32(), 0x7a40ea80U);
  EXPECT_EQ(integers.u64(), 0x942dca8cc8672e0aU);
  EXPECT_EQ(to_hex(SeededRandom(1).array<4>()), "7a40ea80");
}

TEST(SeededRandom, SeedsGiveDifferentStreams) {
  std::set<Bytes> streams;
  for (std::uint64_t seed = 0; seed < 100; ++seed) streams.insert(SeededRandom(seed).bytes(16));
  streams.insert(SeededRandom(UINT64_MAX).bytes(16));
  streams.insert(SeededRandom(as_bytes("a key")).bytes(16));
  EXPECT_EQ(streams.size(), 102U);
}

TEST(SeededRandom, AForkIsNamedAndNothingElse) {
  SeededRandom random(1);
  const auto before = random.fork("prekeys", 7);
  random.bytes(1000);
  const auto after = random.fork("prekeys", 7);
  EXPECT_EQ(to_hex(before->bytes(32)),
            "fdb91e048dde49363a0ee1b6d3e81525241cef5ca26aa04a51abb2eb3bb9e3bf");
  EXPECT_EQ(to_hex(after->bytes(32)),
            "fdb91e048dde49363a0ee1b6d3e81525241cef5ca26aa04a51abb2eb3bb9e3bf");

  std::set<Bytes> streams{SeededRandom(1).bytes(16)};
  for (const char* const label : {"", "prekeys", "prekey"}) {
    for (const std::uint64_t id : {0U, 1U, 7U}) streams.insert(random.fork(label, id)->bytes(16));
  }
  EXPECT_EQ(streams.size(), 10U);
}

TEST(SeededRandom, AForkChangesNothing) {
  SeededRandom random(1);
  static_cast<void>(random.fork("x", 0)->bytes(100));
  EXPECT_EQ(to_hex(random.bytes(80)), kStreamOfSeed1);
}

// Gives what it is told to.
class Scripted final : public RandomSource {
 public:
  explicit Scripted(Bytes bytes) : bytes_(std::move(bytes)) {}

  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = bytes_.at(at_++);
  }
  std::unique_ptr<RandomSource> fork(std::string_view, std::uint64_t) const override {
    return nullptr;
  }

  std::size_t drawn() const { return at_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

TEST(RandomSource, BelowDrawsAgainWhereTheLastIntervalIsIncomplete) {
  // 2^64 = 3 * 0x5555555555555555 + 1: only the very last value is drawn again.
  Scripted random(from_hex("ffffffffffffffff"
                           "fffffffffffffffe")
                      .value());
  EXPECT_EQ(random.below(3), 2U);
  EXPECT_EQ(random.drawn(), 16U);

  Scripted power_of_two(from_hex("ffffffffffffffff").value());
  EXPECT_EQ(power_of_two.below(256), 255U);
  Scripted one(from_hex("ffffffffffffffff").value());
  EXPECT_EQ(one.below(1), 0U);
  Scripted most(from_hex("ffffffffffffffff"
                         "fffffffffffffffe")
                    .value());
  EXPECT_EQ(most.below(UINT64_MAX), UINT64_MAX - 1);
}

TEST(RandomSource, BelowReachesEveryValue) {
  SeededRandom random(1);
  std::set<std::uint64_t> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(random.below(10));
  EXPECT_EQ(drawn.size(), 10U);
  EXPECT_EQ(*drawn.rbegin(), 9U);
}

TEST(SystemRandom, IsNotTheSameTwice) {
  SystemRandom random;
  EXPECT_NE(random.bytes(32), random.bytes(32));
  EXPECT_NE(random.fork("a", 0)->bytes(32), random.fork("a", 0)->bytes(32));
}

}  // namespace
}  // namespace doublecheck
