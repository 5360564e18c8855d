#include "spec/payload/compression.h"

#include <gtest/gtest.h>

namespace doublecheck::payload {
namespace {

TEST(Compression, ComesBack) {
  for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 100000U}) {
    Bytes plain(size);
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<std::uint8_t>(i * i >> 7);
    const auto decompressed = decompress(compress(plain), size);
    ASSERT_TRUE(decompressed) << size;
    EXPECT_EQ(*decompressed, plain) << size;
  }
}

TEST(Compression, IsLimited) {
  for (const std::size_t size : {1U, 100U, 4096U, 8192U, 8193U, 1000000U}) {
    const Bytes compressed = compress(Bytes(size));
    EXPECT_TRUE(decompress(compressed, size)) << size;
    const auto refused = decompress(compressed, size - 1);
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().why, "inflates to too much") << size;
  }
}

TEST(Compression, RefusesAnythingButOneStream) {
  const Bytes compressed = compress(to_bytes("some text, some more text"));
  for (std::size_t size = 0; size < compressed.size(); ++size) {
    EXPECT_FALSE(decompress(ByteView(compressed).first(size), 1000)) << size;
  }
  EXPECT_FALSE(decompress(concat({compressed, Bytes{0}}), 1000));
  EXPECT_FALSE(decompress(concat({compressed, compressed}), 1000));
  EXPECT_FALSE(decompress(to_bytes("some text"), 1000));
  Bytes wrong_sum = compressed;
  wrong_sum.back() ^= 1;
  EXPECT_FALSE(decompress(wrong_sum, 1000));
}

}  // namespace
}  // namespace doublecheck::payload
