#include "spec/base/bytes.h"

#include <gtest/gtest.h>

namespace doublecheck {
namespace {

TEST(Bytes, TextAndBytesAreTheSameOctets) {
  const std::string text("a\0\xff", 3);
  EXPECT_EQ(to_bytes(text), (Bytes{0x61, 0x00, 0xff}));
  EXPECT_EQ(to_text(to_bytes(text)), text);
  EXPECT_EQ(as_bytes(text).data(), reinterpret_cast<const std::uint8_t*>(text.data()));
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
}

TEST(Bytes, Concatenates) {
  EXPECT_EQ(concat({Bytes{1, 2}, Bytes{}, as_bytes("a")}), (Bytes{1, 2, 0x61}));
  EXPECT_EQ(concat({}), Bytes{});
  Bytes to{1};
  append(to, Bytes{2, 3});
  append(to, {});
  EXPECT_EQ(to, (Bytes{1, 2, 3}));
}

TEST(Bytes, EqualComparesSizeAndOctets) {
  EXPECT_TRUE(equal({}, Bytes{}));
  EXPECT_TRUE(equal(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1}));
  EXPECT_FALSE(equal({}, Bytes{0}));
}

// RFC 3629: the first and last of what each length may encode, and what lies just outside.
TEST(Utf8, AcceptsEveryLengthAtItsBounds) {
  for (const char* const text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf",
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"}) {
    EXPECT_TRUE(is_utf8(as_bytes(text))) << text;
  }
  EXPECT_TRUE(is_utf8(Bytes{0x00}));
}

TEST(Utf8, RejectsWhatIsMalformed) {
  for (const char* const text : {
           "\x80",              // continuation without a lead
           "\xc0\x80",          // overlong
           "\xc1\xbf",          //
           "\xe0\x9f\xbf",      //
           "\xf0\x8f\xbf\xbf",  //
           "\xed\xa0\x80",      // surrogates
           "\xed\xbf\xbf",      //
           "\xf4\x90\x80\x80",  // above U+10FFFF
           "\xf5\x80\x80\x80",  //
           "\xfe",              // never a lead
           "\xff",              //
           "\xc3",              // truncated
           "\xe2\x82",          //
           "\xf0\x9f\x98",      //
           "\xc3\x28",          // no continuation where one is due
           "\xe2\x28\x80",      //
           "\xe2\x82\x28",      //
           "\xf0\x9f\x98\x28",  //
       }) {
    EXPECT_FALSE(is_utf8(as_bytes(text))) << text;
  }
}

// ASCII is skipped in steps of eight bytes.
TEST(Utf8, FindsABadByteAnywhere) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      EXPECT_TRUE(is_utf8(as_bytes(text)));
      text[at] = '\xff';
      EXPECT_FALSE(is_utf8(as_bytes(text))) << at << " of " << size;
    }
  }
}

}  // namespace
}  // namespace doublecheck
