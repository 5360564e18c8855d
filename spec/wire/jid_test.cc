#include "spec/wire/jid.h"

#include <gtest/gtest.h>

#include <optional>

namespace doublecheck::wire {
namespace {

Jid jid(std::string_view user, std::string_view server, std::uint16_t device = 0,
        std::uint16_t integrator = 0) {
  return {user, server, device, integrator};
}

struct Row {
  const char* text;
  std::optional<Jid> jid;  // nothing: not the text of a JID
};

// Among them the texts that implementations read differently from each other.
const Row kTexts[] = {
    {"15550001111@s.whatsapp.net", jid("15550001111", "s.whatsapp.net")},
    {"15550001111:0@s.whatsapp.net", jid("15550001111", "s.whatsapp.net")},
    {"15550001111:1@s.whatsapp.net", jid("15550001111", "s.whatsapp.net", 1)},
    {"15550001111:255@s.whatsapp.net", jid("15550001111", "s.whatsapp.net", 255)},
    {"15550001111:256@s.whatsapp.net", std::nullopt},
    {"15550001111:65535@s.whatsapp.net", std::nullopt},
    {"15550001111:65536@s.whatsapp.net", std::nullopt},
    {"15550001111:007@s.whatsapp.net", std::nullopt},
    {"15550001111:@s.whatsapp.net", std::nullopt},
    {"15550001111:x@s.whatsapp.net", std::nullopt},
    {"15550001111:-1@s.whatsapp.net", std::nullopt},
    {"15550001111:+1@s.whatsapp.net", std::nullopt},
    {"15550001111:1:2@s.whatsapp.net", std::nullopt},
    {"15550001111.2@s.whatsapp.net", jid("15550001111.2", "s.whatsapp.net")},
    {"15550001111.2:3@s.whatsapp.net", jid("15550001111.2", "s.whatsapp.net", 3)},
    {"15550001111.0:3@s.whatsapp.net", jid("15550001111.0", "s.whatsapp.net", 3)},
    {"15550001111.1.2@s.whatsapp.net", jid("15550001111.1.2", "s.whatsapp.net")},
    {"15550001111.300:3@s.whatsapp.net", jid("15550001111.300", "s.whatsapp.net", 3)},
    {"15550001111_2@s.whatsapp.net", jid("15550001111_2", "s.whatsapp.net")},
    {"15550001111_2:3@s.whatsapp.net", jid("15550001111_2", "s.whatsapp.net", 3)},
    {"15550001111_1:3@s.whatsapp.net", jid("15550001111_1", "s.whatsapp.net", 3)},
    {"15550001111:3_2@s.whatsapp.net", std::nullopt},
    {"+15550001111@s.whatsapp.net", jid("+15550001111", "s.whatsapp.net")},
    {"15550001111@c.us", jid("15550001111", "c.us")},
    {"15550001111:3@c.us", jid("15550001111", "c.us", 3)},
    {"100000000000001@lid", jid("100000000000001", "lid")},
    {"100000000000001:42@lid", jid("100000000000001", "lid", 42)},
    {"12345.6789@lid", jid("12345.6789", "lid")},
    {"12345.6789:25@lid", jid("12345.6789", "lid", 25)},
    {"12345.x@lid", jid("12345.x", "lid")},
    {"15550001111@hosted", jid("15550001111", "hosted")},
    {"15550001111:99@hosted", jid("15550001111", "hosted", 99)},
    {"15550001111.2:99@hosted", jid("15550001111.2", "hosted", 99)},
    {"100000000000001:99@hosted.lid", jid("100000000000001", "hosted.lid", 99)},
    {"120363000000000001@g.us", jid("120363000000000001", "g.us")},
    {"15550001111-1400000000@g.us", jid("15550001111-1400000000", "g.us")},
    {"120363000000000001:3@g.us", jid("120363000000000001", "g.us", 3)},
    {"status@broadcast", jid("status", "broadcast")},
    {"1400000000@broadcast", jid("1400000000", "broadcast")},
    {"120363000000000009@newsletter", jid("120363000000000009", "newsletter")},
    {"867051314767696@bot", jid("867051314767696", "bot")},
    {"867051314767696.5:10@bot", jid("867051314767696.5", "bot", 10)},
    {"15550001111@msgr", jid("15550001111", "msgr")},
    {"15550001111:7@msgr", jid("15550001111", "msgr", 7)},
    {"15550001111@interop", jid("15550001111", "interop")},
    {"15550001111:7@interop", jid("15550001111", "interop", 7)},
    {"2-15550001111:7@interop", jid("15550001111", "interop", 7, 2)},
    {"0F1E2D3C@call", jid("0F1E2D3C", "call")},
    {"s.whatsapp.net", jid("", "s.whatsapp.net")},
    {"@s.whatsapp.net", jid("", "s.whatsapp.net")},
    {"g.us", jid("", "g.us")},
    {"@g.us", jid("", "g.us")},
    {"call", jid("", "call")},
    {"", std::nullopt},
    {"@", std::nullopt},
    {"15550001111@", std::nullopt},
    {"15550001111", std::nullopt},
    {"a@b@c", std::nullopt},
    {"user@example.org", std::nullopt},
    {"15550001111@S.WHATSAPP.NET", std::nullopt},
    {" 15550001111@s.whatsapp.net", jid(" 15550001111", "s.whatsapp.net")},
    {"15550001111@s.whatsapp.net ", std::nullopt},
    {"status@Broadcast", std::nullopt},
    {"é@s.whatsapp.net", jid("é", "s.whatsapp.net")},
};

void expect_row(const Row& row) {
  SCOPED_TRACE(row.text);
  const auto parsed = parse_jid(row.text);
  ASSERT_EQ(parsed.has_value(), row.jid.has_value())
      << (parsed ? parsed->to_string() : parsed.error().to_string());
  if (!parsed) return;
  EXPECT_EQ(*parsed, *row.jid);
  EXPECT_EQ(parse_jid(parsed->to_string()), *row.jid) << "printed as " << parsed->to_string();
}

TEST(Jid, TextsAreReadByTheGrammar) {
  for (const Row& row : kTexts) expect_row(row);
}

TEST(Jid, NumbersAndUsersAtTheirLimits) {
  const Row rows[] = {
      {"15550001111:65535@msgr", jid("15550001111", "msgr", 65535)},
      {"15550001111:65536@msgr", std::nullopt},
      {"65535-15550001111:65535@interop", jid("15550001111", "interop", 65535, 65535)},
      {"0-15550001111@interop", jid("15550001111", "interop")},
      {"a-b@interop", jid("a-b", "interop")},
      {"0-a-b@interop", jid("a-b", "interop")},
      {"65536-15550001111@interop", jid("65536-15550001111", "interop")},
      {"2-@interop", std::nullopt},
      {"15550001111:18446744073709551617@msgr", std::nullopt},
      {":5@s.whatsapp.net", std::nullopt},
      {"\xff@s.whatsapp.net", std::nullopt},
      {"15550001111:1 @s.whatsapp.net", std::nullopt},
  };
  for (const Row& row : rows) expect_row(row);
}

TEST(Jid, ErrorsSayWhy) {
  EXPECT_EQ(parse_jid("user@example.org").error().to_string(),
            "JID: unknown server example.org (at byte 5)");
  EXPECT_EQ(parse_jid("1:300@lid").error().to_string(),
            "JID: device 300 does not fit its field (at byte 2)");
}

TEST(Jid, Prints) {
  EXPECT_EQ(Jid::of_server().to_string(), "s.whatsapp.net");
  EXPECT_EQ(Jid::of_user("15550001111").to_string(), "15550001111@s.whatsapp.net");
  EXPECT_EQ(Jid::of_user("15550001111", 7).to_string(), "15550001111:7@s.whatsapp.net");
  EXPECT_EQ(Jid::of_lid("100000000000001", 255).to_string(), "100000000000001:255@lid");
  EXPECT_EQ(jid("15550001111", "interop", 1, 2).to_string(), "2-15550001111:1@interop");
}

TEST(Jid, TheAccountIsTheJidWithoutItsDevice) {
  EXPECT_EQ(Jid::of_user("15550001111", 7).account(), Jid::of_user("15550001111"));
  EXPECT_EQ(jid("1", "interop", 7, 2).account(), jid("1", "interop", 0, 2));
  EXPECT_TRUE(Jid::of_server("g.us").is_server());
  EXPECT_FALSE(Jid::of_lid("1").is_server());
}

}  // namespace
}  // namespace doublecheck::wire
