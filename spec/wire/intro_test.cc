#include "spec/wire/intro.h"

#include <gtest/gtest.h>

#include "spec/base/text_encoding.h"

namespace doublecheck::wire {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

struct Read {
  std::optional<Intro> intro;
  Bytes rest;
};

Read read(ByteView bytes) {
  IntroReader reader;
  Read result;
  result.intro = reader.feed(bytes, result.rest).value();
  return result;
}

std::string why_not(std::string_view text) {
  IntroReader reader;
  Bytes rest;
  const auto intro = reader.feed(hex(text), rest);
  return intro ? (*intro ? "an intro" : "incomplete") : intro.error().to_string();
}

TEST(Intro, Encodes) {
  EXPECT_EQ(to_hex(encode_intro({}).value()), "57410603");
  EXPECT_EQ(to_hex(encode_intro({.routing_info = Bytes()}).value()), "4544000100000057410603");
  EXPECT_EQ(to_hex(encode_intro({.routing_info = hex("080d0802")}).value()),
            "45440001000004080d080257410603");
  EXPECT_EQ(to_hex(encode_intro({.header = {0x57, 0x41, 0x05, 0x03}}).value()), "57410503");
}

TEST(Intro, RoutingInformationIsLimited) {
  const Bytes most = encode_intro({.routing_info = Bytes(kMaxRoutingInfo, 1)}).value();
  EXPECT_EQ(read(most).intro->routing_info, Bytes(kMaxRoutingInfo, 1));
  EXPECT_FALSE(encode_intro({.routing_info = Bytes(kMaxRoutingInfo + 1)}));

  Bytes rest;
  IntroReader at_limit(4);
  EXPECT_TRUE(at_limit.feed(hex("45440001000004080d080257410603"), rest).value());
  IntroReader past_it(3);
  EXPECT_EQ(past_it.feed(hex("45440001000004"), rest).error().to_string(),
            "intro: announces 4 bytes of routing information (at byte 7)");
}

TEST(IntroReader, ReadsAnyVersion) {
  const auto [intro, rest] = read(hex("57410400"));
  ASSERT_TRUE(intro);
  EXPECT_EQ(intro->header, (IntroHeader{0x57, 0x41, 0x04, 0x00}));
  EXPECT_EQ(intro->routing_info, std::nullopt);
  EXPECT_TRUE(rest.empty());
}

TEST(IntroReader, GivesBackWhatFollows) {
  const auto [intro, rest] = read(hex("45440001000004080d080257410603000001ff"));
  ASSERT_TRUE(intro);
  EXPECT_EQ(intro->header, kIntroHeader);
  EXPECT_EQ(intro->routing_info, hex("080d0802"));
  EXPECT_EQ(to_hex(rest), "000001ff");
}

TEST(IntroReader, EveryCutGivesTheSameIntro) {
  for (const char* const text :
       {"45440001000004080d0802574106030001", "45440001000000574106030001", "574106030001"}) {
    const Bytes stream = hex(text);
    const std::size_t intro_size = stream.size() - 2;
    for (std::size_t cut = 0; cut < stream.size(); ++cut) {
      IntroReader reader;
      Bytes rest;
      const auto first = reader.feed(ByteView(stream).first(cut), rest).value();
      EXPECT_EQ(first.has_value(), cut >= intro_size) << cut;
      if (first) continue;
      EXPECT_TRUE(rest.empty());
      const auto second = reader.feed(ByteView(stream).subspan(cut), rest).value();
      ASSERT_TRUE(second) << cut;
      EXPECT_EQ(second->header, kIntroHeader);
      EXPECT_EQ(to_hex(rest), "0001");
    }
  }
}

TEST(IntroReader, FailsAsSoonAsTheBytesCannotBecomeAnIntro) {
  EXPECT_EQ(why_not(""), "incomplete");
  EXPECT_EQ(why_not("57"), "incomplete");
  EXPECT_EQ(why_not("574106"), "incomplete");
  EXPECT_EQ(why_not("45440001"), "incomplete");
  EXPECT_EQ(why_not("4544000100000057"), "incomplete");
  EXPECT_EQ(why_not("00"), "intro: not an intro header (at byte 0)");
  EXPECT_EQ(why_not("474554202f"), "intro: not an intro header (at byte 0)");
  EXPECT_EQ(why_not("5742"), "intro: not an intro header (at byte 0)");
  EXPECT_EQ(why_not("4545"), "intro: not an edge routing prefix (at byte 0)");
  EXPECT_EQ(why_not("45440002"), "intro: not an edge routing prefix (at byte 0)");
  EXPECT_EQ(why_not("4544000100000045"), "intro: not an intro header (at byte 7)");
}

TEST(IntroReader, GivesTheSameErrorFromThenOn) {
  IntroReader reader;
  Bytes rest;
  const auto error = reader.feed(hex("00"), rest).error();
  EXPECT_EQ(reader.feed(hex("57410603"), rest).error(), error);
}

TEST(IntroReader, WorkIsProportionalToTheInput) {
  const Bytes stream = encode_intro({.routing_info = Bytes(300'000, 1)}).value();
  IntroReader reader;
  Bytes rest;
  for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
    ASSERT_FALSE(reader.feed({&stream[i], 1}, rest).value());
  }
  EXPECT_TRUE(reader.feed({&stream.back(), 1}, rest).value());
}

}  // namespace
}  // namespace doublecheck::wire
