#include "spec/base/reader.h"

#include <gtest/gtest.h>

#include "spec/base/writer.h"

namespace doublecheck {
namespace {

TEST(Reader, ReadsBigEndian) {
  const Bytes bytes{0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xbb};
  Reader reader(bytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0xffffffffU);
  EXPECT_EQ(reader.offset(), 10U);
  EXPECT_EQ(reader.remaining(), 2U);
  EXPECT_EQ(reader.rest().data(), bytes.data() + 10);
  const auto taken = reader.take(2);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->data(), bytes.data() + 10);
  EXPECT_TRUE(reader.at_end());
}

TEST(Reader, AReadBeyondTheEndConsumesNothing) {
  for (std::size_t size = 0; size < 4; ++size) {
    const Bytes bytes(size, 0x11);
    Reader reader(bytes);
    EXPECT_EQ(reader.u32(), std::nullopt);
    if (size < 3) {
      EXPECT_EQ(reader.u24(), std::nullopt);
    }
    if (size < 2) {
      EXPECT_EQ(reader.u16(), std::nullopt);
    }
    if (size < 1) {
      EXPECT_EQ(reader.u8(), std::nullopt);
    }
    EXPECT_FALSE(reader.take(size + 1));
    EXPECT_FALSE(reader.take(SIZE_MAX));
    EXPECT_EQ(reader.offset(), 0U);
    EXPECT_EQ(reader.take(size)->size(), size);
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(reader.take(0)->size(), 0U);
  }
}

TEST(Writer, WritesWhatAReaderReads) {
  Writer writer;
  writer.reserve(100);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u24(0xff040506);  // the low 24 bits
  writer.u32(0x0708090a);
  writer.bytes(Bytes{0x0b, 0x0c});
  const Bytes expected{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  EXPECT_EQ(writer.size(), expected.size());
  EXPECT_EQ(writer.written(), expected);
  EXPECT_EQ(writer.take(), expected);
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(writer.take(), Bytes{});
}

}  // namespace
}  // namespace doublecheck
