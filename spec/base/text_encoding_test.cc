#include "spec/base/text_encoding.h"

#include <gtest/gtest.h>

namespace doublecheck {
namespace {

TEST(Hex, PrintsLowerCaseAndReadsEither) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0a, 0xa0, 0xff}), "000aa0ff");
  EXPECT_EQ(to_hex({}), "");
  EXPECT_EQ(from_hex("000aA0fF"), (Bytes{0x00, 0x0a, 0xa0, 0xff}));
  EXPECT_EQ(from_hex(""), Bytes{});
}

TEST(Hex, RejectsEverythingElse) {
  for (const char* const text :
       {"0", "000", "0g", "g0", "0x", " 0", "0 ", "-1", "/0", ":0", "@0", "`0"}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

TEST(Hex, EveryByteReadsBack) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(from_hex(to_hex(all)), all);
  EXPECT_EQ(from_base64(to_base64(all)), all);
}

// RFC 4648, section 10.
TEST(Base64, Vectors) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(from_base64(encoded), to_bytes(plain));
  }
  EXPECT_EQ(to_base64(Bytes{0xfb, 0xff}), "+/8=");
}

TEST(Base64, EachByteStringHasOneText) {
  for (const char* const text : {
           "Z",         // no multiple of four
           "Zg",        //
           "Zg=",       //
           "Zg===",     //
           "Zh==",      // unused bits that are not zero
           "Zm9=",      //
           "====",      // padding without digits
           "Z===",      //
           "=Zg=",      //
           "Zg==Zg==",  // padding inside
           "Zm9v\n",    // anything else
           "Zm 9",      //
           "-_8=",      // the alphabet for URLs
       }) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
  EXPECT_EQ(from_base64(std::string_view("Zm9\0", 4)), std::nullopt);
}

}  // namespace
}  // namespace doublecheck
