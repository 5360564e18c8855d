#include "reference/server/config_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference/server/json_fields.h"
#include "reference/server/limits.h"

namespace doublecheck::server {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view changes) {
  Config config;
  const auto applied = apply_config(parse_json(changes).value(), config);
  if (applied) return "accepted";
  EXPECT_EQ(config, Config()) << "changed in spite of an error";
  return applied.error().why;
}

TEST(ConfigJsonTest, WhatIsWrittenReadsBack) {
  Config changed;
  changed.first_device = 0;
  changed.groups_by_lid = false;
  changed.chat_state_ttl = std::chrono::seconds(4);
  changed.noise_ik = false;
  changed.certificate_validity = CertificateValidity::kExpired;
  changed.first_reference_ttl = std::chrono::seconds(5);
  changed.next_reference_ttl = std::chrono::seconds(6);
  changed.phone_shares_keys = false;
  changed.phone_sends_history = false;
  changed.props = {{"10518", "0"}, {"9666", "1"}, {"24941", "1"}};
  changed.mex_ids = {{"1", "newsletter_create"}, {"2", "reachout_timelock"}};
  for (const Config& config : {Config(), changed}) {
    Config read;
    ASSERT_TRUE(apply_config(config_to_json(config), read));
    EXPECT_EQ(read, config);
  }
}

TEST(ConfigJsonTest, ChangesOnlyWhatItNames) {
  Config config;
  config.noise_ik = false;
  ASSERT_TRUE(apply_config(
      parse_json(R"({"first_device": 0, "props": {"9666": null, "1": "x"}})").value(), config));
  Config expected;
  expected.noise_ik = false;
  expected.first_device = 0;
  expected.props = {{"10518", "1"}, {"1", "x"}};
  EXPECT_EQ(config, expected);
}

TEST(ConfigJsonTest, IdsOfQueriesAreAddedAndRemoved) {
  Config config;
  ASSERT_TRUE(apply_config(
      parse_json(R"({"mex.ids": {"1": "newsletter_join", "2": "newsletter_leave"}})").value(),
      config));
  ASSERT_TRUE(apply_config(parse_json(R"({"mex.ids": {"1": null}})").value(), config));
  EXPECT_EQ(config.mex_ids, (std::map<std::string, std::string>{{"2", "newsletter_leave"}}));
  for (std::size_t i = 0; config.mex_ids.size() < kMaxMexIds; ++i)
    config.mex_ids[std::to_string(i)] = "newsletter_join";
  EXPECT_TRUE(apply_config(parse_json(R"({"mex.ids": {"2": "newsletter_join"}})").value(), config));
  EXPECT_FALSE(
      apply_config(parse_json(R"({"mex.ids": {"x": "newsletter_join"}})").value(), config));
  EXPECT_EQ(config.mex_ids.size(), kMaxMexIds);
}

TEST(ConfigJsonTest, RefusesByName) {
  EXPECT_EQ(why_not(R"({"first_device":0,"chatstate_ttl":3})"),
            R"(there is no configuration key "chatstate_ttl")");
  EXPECT_THAT(why_not(R"({"first_device":2})"), HasSubstr(R"("first_device")"));
  EXPECT_THAT(why_not(R"({"noise.ik":"off"})"), HasSubstr(R"("noise.ik")"));
  EXPECT_THAT(why_not(R"({"noise.cert_validity":"soon"})"), HasSubstr("valid, expired"));
  EXPECT_THAT(why_not(R"({"ref_ttl_s":0})"), HasSubstr("from 1 to 86400"));
  EXPECT_THAT(why_not(R"({"first_ref_ttl_s":86401})"), HasSubstr("from 1 to 86400"));
  EXPECT_EQ(why_not(R"({"first_ref_ttl_s":86400,"ref_ttl_s":1})"), "accepted");
  EXPECT_THAT(why_not(R"({"noise.ik":false,"props":{"1":1}})"), HasSubstr(R"("props")"));
  EXPECT_THAT(why_not(R"({"props":[]})"), HasSubstr(R"("props")"));
  EXPECT_THAT(why_not(R"({"mex.ids":{"1":"newsletter_make"}})"), HasSubstr(R"("mex.ids")"));
  EXPECT_THAT(why_not(R"({"mex.ids":{"1":1}})"), HasSubstr(R"("mex.ids")"));
  EXPECT_THAT(why_not(R"({"mex.ids":[]})"), HasSubstr(R"("mex.ids")"));
  EXPECT_THAT(why_not("[]"), HasSubstr("object"));
}

}  // namespace
}  // namespace doublecheck::server
