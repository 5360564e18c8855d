#include "reference/server/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "reference/server/config_json.h"
#include "reference/server/fault_kind.h"
#include "reference/server/json_fields.h"

namespace doublecheck::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::optional<std::string> empty_environment(const std::string&) { return std::nullopt; }

std::string why_not(std::string_view text, const Environment& environment = empty_environment) {
  const auto profile = parse_profile(text, environment);
  return profile ? "accepted" : profile.error().to_string();
}

TEST(ProfileTest, ReadsEverySection) {
  const auto profile = parse_profile(R"json({
    "config": {"first_device": 0, "ref_ttl_s": 7},
    "rules": [{"match": "^flags (.*)", "profile": {"props": {"1": "x"}}, "flags": "1",
               "flag_map": {"tokens": {"props": {"24941": "1"}}}}],
    "routes": {"/scan": "/admin/v1/phone/scan"},
    "env": {"TEST_IK": "config.noise.ik", "TEST_TTL": "config.ref_ttl_s", "TEST_UNSET": "config.first_ref_ttl_s",
            "TEST_VALIDITY": "config.noise.cert_validity"}})json",
                                     [](const std::string& variable) -> std::optional<std::string> {
                                       if (variable == "TEST_IK") return "false";
                                       if (variable == "TEST_TTL") return "9";
                                       if (variable == "TEST_VALIDITY") return "expired";
                                       return std::nullopt;
                                     });
  ASSERT_TRUE(profile) << profile.error().to_string();
  Config expected;
  expected.first_device = 0;
  expected.noise_ik = false;
  expected.certificate_validity = CertificateValidity::kExpired;
  expected.next_reference_ttl = std::chrono::seconds(9);  // a variable wins over the file
  EXPECT_EQ(profile->config, expected);
  EXPECT_EQ(profile->routes,
            (std::map<std::string, std::string>{{"/scan", "/admin/v1/phone/scan"}}));
  EXPECT_EQ(profile->rules.settings_for("flags tokens").props, (Props{{"1", "x"}, {"24941", "1"}}));
  EXPECT_EQ(profile->rules.settings_for("Alice").props, Props());
}

std::string read_me() {
  std::ifstream file(DC_SOURCE_DIR "/reference/server/README.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(ProfileTest, TheExampleOfTheDocumentationIsOne) {
  const std::string text = read_me();
  const std::size_t fence = text.find("```json\n", text.find("## Start-up profiles")) + 8;
  const auto profile =
      parse_profile(text.substr(fence, text.find("```", fence) - fence), empty_environment);
  ASSERT_TRUE(profile) << profile.error().to_string();
  EXPECT_EQ(profile->config.strictness, Strictness::kHostile);
  EXPECT_EQ(profile->config.seed_groups.size(), 1u);
  EXPECT_EQ(profile->seeds.size(), 2u) << "an account and a group";
  EXPECT_EQ(profile->faults.size(), 1u);
  EXPECT_TRUE(profile->rules.settings_for("test salted").salt);
  EXPECT_FALSE(profile->rules.settings_for("test open").contact_policy->token_required);
}

TEST(ProfileTest, TheDocumentationHasEveryKeyAndEveryFault) {
  const std::string text = read_me();
  const Json config = config_to_json(Config());
  for (const auto& [key, value] : config.items()) EXPECT_THAT(text, HasSubstr("| `" + key + "` |"));
  for (const FaultKind& kind : fault_kinds()) {
    EXPECT_THAT(
        text, HasSubstr("| `" + std::string(kind.where) + "` | `" + std::string(kind.name) + "`"));
  }
}

TEST(ProfileTest, StartsFromTheGivenConfiguration) {
  Config config;
  config.noise_ik = false;
  EXPECT_EQ(parse_profile("{}", empty_environment, config).value().config, config);
}

TEST(ProfileTest, RefusesByName) {
  EXPECT_THAT(why_not(R"json({"seed_groups": []})json"), HasSubstr(R"(no section "seed_groups")"));
  EXPECT_THAT(why_not(R"json({"config": {"media.host": ""}})json"),
              AllOf(HasSubstr("config"), HasSubstr(R"("media.host")")));
  EXPECT_THAT(why_not(R"json({"accounts": {}})json"), HasSubstr("accounts: must be a list"));
  EXPECT_THAT(why_not(R"json({"groups": [{}]})json"), HasSubstr(R"("subject")"));
  EXPECT_THAT(why_not(R"json({"faults": [{"where": 1}]})json"), HasSubstr(R"("where")"));
  EXPECT_THAT(why_not(R"json({"rules": {}})json"), HasSubstr("rules"));
  EXPECT_THAT(why_not(R"json({"rules": [{"profile": {}}]})json"),
              HasSubstr(R"("match" is missing)"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "a", "colour": 1}]})json"),
              HasSubstr(R"("colour")"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "a", "profile": {"policy": {"x": 1}}}]})json"),
              HasSubstr(R"("policy")"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "(("}]})json"),
              HasSubstr("not a regular expression"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "(a)", "flags": 1.5}]})json"),
              HasSubstr(R"("flags")"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "(a)", "flags": "x"}]})json"),
              HasSubstr(R"("flags")"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "(a)", "flags": 2}]})json"),
              HasSubstr("no group 2"));
  EXPECT_THAT(why_not(R"json({"rules": [{"match": "(a)", "flags": 1, "flag_map": []}]})json"),
              HasSubstr(R"("flag_map")"));
  EXPECT_THAT(
      why_not(
          R"json({"rules": [{"match": "(a)", "flags": 1, "flag_map": {"x": {"salt": {}}}}]})json"),
      HasSubstr(R"("salt")"));
  EXPECT_THAT(why_not(R"json({"routes": {"scan": "/admin/v1/phone/scan"}})json"),
              HasSubstr("slash"));
  EXPECT_THAT(why_not(R"json({"routes": {"/scan": "/elsewhere"}})json"), HasSubstr("/admin/v1/"));
  EXPECT_THAT(why_not(R"json({"env": {"X": "media.host"}})json"), HasSubstr("config."));
  EXPECT_THAT(why_not(R"json({"env": {"X": "config.media.host"}})json"),
              HasSubstr(R"("media.host")"));
  EXPECT_THAT(why_not(R"json({"env": {"X": "config.first_device"}})json",
                      [](const std::string&) { return "many"; }),
              AllOf(HasSubstr("env: X"), HasSubstr("first_device")));
  EXPECT_THAT(why_not("[]"), HasSubstr("object"));
  EXPECT_THAT(why_not("{"), HasSubstr("not JSON"));
}

TEST(ProfileTest, SizeIsLimited) {
  const std::string shortest = "{}";
  EXPECT_EQ(why_not(shortest + std::string(kMaxProfileBytes - shortest.size(), ' ')), "accepted");
  EXPECT_THAT(why_not(shortest + std::string(kMaxProfileBytes - shortest.size() + 1, ' ')),
              HasSubstr("kMaxProfileBytes"));
}

}  // namespace
}  // namespace doublecheck::server
