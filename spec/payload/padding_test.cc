#include "spec/payload/padding.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "spec/base/test_vectors.h"
#include "spec/payload/limits.h"

namespace doublecheck::payload {
namespace {

class Overrule final : public GuardObserver {
 public:
  bool decide(Rule, bool) override { return true; }
};

TEST(Padding, Vectors) {
  std::size_t checked = 0;
  const test_vectors::Json vectors = test_vectors::load("padding");
  for (const auto& vector : vectors.at("cases")) {
    if (!vector.at("input").contains("padded")) continue;
    SCOPED_TRACE(vector.at("name").dump());
    const Bytes padded = test_vectors::bytes_of_hex(vector.at("input").at("padded"));
    const std::string expected = vector.at("output").at("expected");
    const auto unpadded = unpad(padded, {});
    if (expected == "error" || expected == "implementation-defined") {
      EXPECT_FALSE(unpadded);
    } else {
      ASSERT_TRUE(unpadded);
      EXPECT_EQ(to_hex(*unpadded), expected);
    }
    ++checked;
  }
  EXPECT_GE(checked, 20U);
}

TEST(Padding, IsOfEveryLengthAndComesOff) {
  SeededRandom random(1);
  const Bytes message = to_bytes("hello");
  std::array<int, kMaxPadding + 1> seen{};
  for (int i = 0; i < 1600; ++i) {
    const Bytes padded = pad(message, random);
    const std::size_t size = padded.size() - message.size();
    ASSERT_GE(size, 1U);
    ASSERT_LE(size, kMaxPadding);
    ++seen.at(size);
    const auto unpadded = unpad(padded, {});
    ASSERT_TRUE(unpadded);
    ASSERT_TRUE(equal(*unpadded, message));
  }
  // 100 each on average; the distribution is uniform, so that none is far from it.
  for (std::size_t size = 1; size <= kMaxPadding; ++size) {
    EXPECT_GT(seen.at(size), 60) << size;
    EXPECT_LT(seen.at(size), 140) << size;
  }
}

TEST(Padding, IsLimited) {
  EXPECT_TRUE(unpad(Bytes(kMaxPadding, kMaxPadding), {}));
  EXPECT_FALSE(unpad(Bytes(kMaxPadding + 1, kMaxPadding + 1), {}));
}

TEST(Padding, EveryByteCounts) {
  for (std::size_t changed = 0; changed < 8; ++changed) {
    Bytes padded(8, 8);
    padded[changed] ^= 1;
    EXPECT_FALSE(unpad(padded, {})) << changed;
  }
}

TEST(Padding, GuardsCanBeOverruled) {
  Overrule overrule;
  EXPECT_TRUE(equal(*unpad(Bytes{1, 2, 0}, Guard(overrule)), Bytes{1, 2, 0}));
  EXPECT_TRUE(unpad(Bytes{1, 2, 200}, Guard(overrule))->empty());
  EXPECT_TRUE(equal(*unpad(Bytes{1, 7, 2}, Guard(overrule)), Bytes{1}));
}

}  // namespace
}  // namespace doublecheck::payload
