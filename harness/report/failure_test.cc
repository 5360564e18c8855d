#include "harness/report/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/report/json_schema.h"
#include "harness/report/sample_run.h"

namespace doublecheck::report {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

Failure sample_failure() {
  return {.suite_version = "0.1.0",
          .catalogue = "abcd",
          .case_id = "server/acks/message",
          .seed = 18446744073709551615U,
          .time_scale = 2.5,
          .target = "server",
          .how = "ws://127.0.0.1:1/ws/chat",
          .control = "http://127.0.0.1:2",
          .trust_root = "00ff",
          .allow_remote_host = "a.host",
          .verdict = Verdict::kWarn,
          .message = "no ack"};
}

TEST(FailureTest, WhatIsWrittenIsReadAndIsAsTheSchemaSays) {
  const Failure failure = sample_failure();
  const auto read = failure_from_json(to_json(failure));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->suite_version, failure.suite_version);
  EXPECT_EQ(read->catalogue, failure.catalogue);
  EXPECT_EQ(read->case_id, failure.case_id);
  EXPECT_EQ(read->seed, failure.seed);
  EXPECT_EQ(read->time_scale, failure.time_scale);
  EXPECT_EQ(read->target, failure.target);
  EXPECT_EQ(read->how, failure.how);
  EXPECT_EQ(read->control, failure.control);
  EXPECT_EQ(read->trust_root, failure.trust_root);
  EXPECT_EQ(read->allow_remote_host, failure.allow_remote_host);
  EXPECT_EQ(read->verdict, failure.verdict);
  EXPECT_EQ(read->message, failure.message);

  std::ifstream file(std::string(DC_SOURCE_DIR) + "/harness/report/failure.schema.json");
  EXPECT_EQ(json_schema::violations(Json::parse(file), Json::parse(to_json(failure))), "");
}

TEST(FailureTest, HostileTextIsCarried) {
  Failure failure = sample_failure();
  failure.message = kHostileText + std::string(100'000, 'x');
  const auto read = failure_from_json(to_json(failure));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_THAT(read->message, HasSubstr("<script>"));
}

TEST(FailureTest, WhatIsWrongIsNamed) {
  const auto why = [](const auto& change) {
    Json json = Json::parse(to_json(sample_failure()));
    change(json);
    const auto read = failure_from_json(json.dump());
    return read ? std::string() : read.error().why;
  };
  EXPECT_EQ(why([](Json&) {}), "");
  EXPECT_THAT(why([](Json& json) { json["format"] = "doublecheck-report"; }), HasSubstr("format"));
  EXPECT_THAT(why([](Json& json) { json["version"] = 2; }), HasSubstr("version"));
  EXPECT_THAT(why([](Json& json) { json["seed"] = "-1"; }), HasSubstr("seed"));
  EXPECT_THAT(why([](Json& json) { json["time_scale"] = 0; }), HasSubstr("time_scale"));
  EXPECT_THAT(why([](Json& json) { json["verdict"] = "bad"; }), HasSubstr("verdict"));
  EXPECT_THAT(why([](Json& json) { json["target"]["kind"] = "phone"; }), HasSubstr("kind"));
  EXPECT_THAT(why([](Json& json) { json["target"]["how"] = ""; }), HasSubstr("how"));
  EXPECT_THAT(why([](Json& json) { json.erase("case"); }), HasSubstr("case is missing"));
  EXPECT_THAT(why([](Json& json) { json["more"] = 1; }), HasSubstr("unknown member"));
  EXPECT_FALSE(failure_from_json("{"));
  EXPECT_FALSE(failure_from_json(std::string(kMaxFailureOctets + 1, ' ')));
}

}  // namespace
}  // namespace doublecheck::report
