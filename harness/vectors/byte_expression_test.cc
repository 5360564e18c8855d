#include "harness/vectors/byte_expression.h"

#include <gtest/gtest.h>

#include "spec/base/crypto.h"

namespace doublecheck::corpus {
namespace {

TEST(ByteExpression, OfBytesStandsForThem) {
  for (const Bytes& bytes : {Bytes{}, Bytes{1, 2, 3}, Bytes(63, 7), Bytes(64, 7), Bytes(70000, 0)})
    EXPECT_EQ(expand(to_expression(bytes)), bytes);
  const Bytes mixed = concat({Bytes{1}, Bytes(100, 2), Bytes{3}, Bytes(100, 4)});
  EXPECT_EQ(expand(to_expression(mixed)), mixed);
  EXPECT_LT(to_expression(mixed).dump().size(), 100U);
}

TEST(ByteExpression, OfAPatternIsShort) {
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 100000U}) {
    const Bytes bytes = expand(pattern_expression(size));
    ASSERT_EQ(bytes.size(), size);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], i % 256);
    EXPECT_LT(pattern_expression(size).dump().size(), 1200U);
  }
}

TEST(ByteExpression, MayBeADigest) {
  const Bytes bytes = {1, 2, 3};
  Json digest = {{"length", 3}, {"sha256", to_hex(sha256(bytes))}};
  EXPECT_TRUE(stands_for(digest, bytes));
  EXPECT_FALSE(stands_for(digest, Bytes{1, 2, 4}));
  digest["length"] = 4;
  EXPECT_FALSE(stands_for(digest, bytes));
  EXPECT_TRUE(stands_for("010203", bytes));
  EXPECT_FALSE(stands_for("010204", bytes));
}

}  // namespace
}  // namespace doublecheck::corpus
