#include "spec/pairing/qr.h"

#include <gtest/gtest.h>

#include "spec/base/test_vectors.h"
#include "spec/pairing/test_pairing.h"

namespace doublecheck::pairing {
namespace {

using namespace test_vectors;

QrContent content_of(const Json& input) {
  return {.ref = input["ref"],
          .noise_key = key(input["noise_public"]),
          .identity_key = key(input["identity_public"]),
          .adv_secret = key(input["adv_secret"]),
          .platform_id = input["platform_id"],
          .has_prefix = true};
}

std::string key_text(std::uint8_t byte) { return to_base64(Bytes(32, byte)); }

// A text with these fields between the reference and the end.
std::string text_of(const std::string& ref, const std::string& rest = "") {
  return ref + ',' + key_text(1) + ',' + key_text(2) + ',' + key_text(3) + rest;
}

TEST(Qr, MatchesTheVector) {
  const Json test_case = load_case("qr-string");
  const Json& output = test_case["output"];
  QrContent content = content_of(test_case["input"]);
  EXPECT_EQ(format_qr(content), text(output["with_prefix"]));
  EXPECT_EQ(parse_qr(output["with_prefix"].get<std::string>()), content);
  content.has_prefix = false;
  EXPECT_EQ(format_qr(content), text(output["without_prefix"]));
  EXPECT_EQ(parse_qr(output["without_prefix"].get<std::string>()), content);
  content.platform_id.reset();
  EXPECT_EQ(format_qr(content), text(output["legacy_four_fields"]));
  EXPECT_EQ(parse_qr(output["legacy_four_fields"].get<std::string>()), content);
}

// PAIR-06
TEST(Qr, AcceptsWhatCompanionsShow) {
  EXPECT_EQ(parse_qr(text_of("2@ref"))->ref, "2@ref");
  EXPECT_EQ(parse_qr(text_of("2@ref", ",e"))->platform_id, "e");
  const auto extra = parse_qr(text_of("2@ref", ",1,extra,https://faq.example/"));
  ASSERT_TRUE(extra);
  EXPECT_EQ(extra->platform_id, "1");
  const auto other_prefix = parse_qr("https://example.org/linked#" + text_of("2@ref"));
  ASSERT_TRUE(other_prefix);
  EXPECT_EQ(other_prefix->ref, "2@ref");
  EXPECT_TRUE(other_prefix->has_prefix);
  EXPECT_EQ(parse_qr(text_of("2@a#b"))->ref, "2@a#b");
  EXPECT_EQ(parse_qr(std::string(kQrPrefix) + text_of("2@a#b"))->ref, "2@a#b");
}

TEST(Qr, RefusesWhatTheyDoNot) {
  const std::string good = key_text(1);
  const auto refuses = [](const std::string& text) { return !parse_qr(text); };
  EXPECT_TRUE(refuses(""));
  EXPECT_TRUE(refuses(std::string(kQrPrefix)));
  EXPECT_TRUE(refuses("2@ref"));
  EXPECT_TRUE(refuses("2@ref," + good + ',' + good)) << "three fields";
  EXPECT_TRUE(refuses(text_of(""))) << "empty reference";
  EXPECT_TRUE(refuses(text_of("2@ref", ","))) << "empty platform";
  EXPECT_TRUE(refuses(text_of("2@ref", ",1,"))) << "empty extra field";
  EXPECT_TRUE(refuses(",,,"));
  for (int field = 0; field < 3; ++field) {
    for (const std::string& bad :
         {std::string("not base64!"), to_base64(Bytes(31)), to_base64(Bytes(33)),
          good.substr(0, good.size() - 1), ' ' + good, std::string()}) {
      std::string text = "2@ref";
      for (int other = 0; other < 3; ++other) text += ',' + (other == field ? bad : good);
      EXPECT_TRUE(refuses(text)) << text;
    }
  }
}

TEST(Qr, LimitsItsLength) {
  const std::string rest = text_of("");
  const std::string ref(kMaxQrText - rest.size(), 'x');
  EXPECT_TRUE(parse_qr(ref + rest));
  EXPECT_FALSE(parse_qr(ref + 'x' + rest));
}

}  // namespace
}  // namespace doublecheck::pairing
