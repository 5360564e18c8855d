#include "harness/report/report_json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "harness/report/json_schema.h"
#include "harness/report/sample_run.h"
#include "harness/report/text.h"

namespace doublecheck::report {
namespace {

using Json = nlohmann::json;

auto fields(const TranscriptLine& line) {
  return std::tie(line.seconds, line.endpoint, line.direction, line.kind, line.text);
}

auto fields(const CaseResult& result) {
  return std::tie(result.id, result.layer, result.role, result.sentence, result.requirements,
                  result.stimulus, result.verdict, result.message, result.expected, result.actual,
                  result.expected_fail_reason, result.seconds, result.virtual_seconds,
                  result.reproduce);
}

auto fields(const Subject& subject) {
  return std::tie(subject.role, subject.how, subject.name, subject.version);
}

void expect_equal(const Run& left, const Run& right) {
  EXPECT_EQ(left.suite_version, right.suite_version);
  EXPECT_EQ(left.started_at, right.started_at);
  EXPECT_EQ(left.seed, right.seed);
  EXPECT_EQ(left.seconds, right.seconds);
  EXPECT_TRUE(fields(left.subject) == fields(right.subject));
  EXPECT_EQ(left.driver, right.driver);
  ASSERT_EQ(left.cases.size(), right.cases.size());
  for (std::size_t i = 0; i < left.cases.size(); ++i) {
    EXPECT_TRUE(fields(left.cases[i]) == fields(right.cases[i])) << i;
    ASSERT_EQ(left.cases[i].transcript.size(), right.cases[i].transcript.size()) << i;
    for (std::size_t j = 0; j < left.cases[i].transcript.size(); ++j) {
      EXPECT_TRUE(fields(left.cases[i].transcript[j]) == fields(right.cases[i].transcript[j]))
          << i << ' ' << j;
    }
  }
}

// The error of the sample report after `change`; empty when it is still read.
std::string error_after(const std::function<void(Json&)>& change, const ReportLimits& limits = {}) {
  Json report = Json::parse(to_json(sample_run()));
  change(report);
  const auto run = from_json(report.dump(), limits);
  return run ? "" : run.error().why;
}

Json load_schema() {
  std::ifstream file(std::string(DC_SOURCE_DIR) + "/harness/report/report.schema.json");
  return Json::parse(file);
}

TEST(ReportJsonTest, ARunIsReadAsItWasWritten) {
  const auto run = from_json(to_json(sample_run()));
  ASSERT_TRUE(run) << run.error().to_string();
  expect_equal(*run, sample_run());
}

TEST(ReportJsonTest, ACaseIsReadAsItWasWrittenOnOneLine) {
  for (const CaseResult& one : sample_run().cases) {
    const std::string json = case_to_json(one);
    EXPECT_EQ(json.find('\n'), std::string::npos);
    const auto read = case_from_json(json);
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(case_to_json(*read), json);
    EXPECT_FALSE(case_from_json(std::string_view(json).substr(1)));
  }
  const auto missing = case_from_json("{}");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().why, "id is missing");
}

TEST(ReportJsonTest, ARunWithoutCasesIsReadAsNoSuccess) {
  report::Run empty = sample_run();
  empty.cases.clear();
  EXPECT_EQ(Json::parse(to_json(empty))["summary"]["succeeded"], false);
  const auto run = from_json(to_json(empty));
  ASSERT_TRUE(run) << run.error().to_string();
  expect_equal(*run, empty);
}

TEST(ReportJsonTest, SaysWhetherTheRunSucceededAndCountsEveryVerdict) {
  const Json passed = Json::parse(to_json(passed_run()));
  EXPECT_EQ(passed["summary"], Json::parse(R"({"succeeded": true, "verdicts": {
      "fail": 0, "flaky": 0, "inconclusive": 0, "unexpected-pass": 0, "warn": 0, "expected-fail": 0, "unsupported": 0,
      "pass": 1}})"));
  EXPECT_EQ(Json::parse(to_json(sample_run()))["summary"]["succeeded"], false);
}

TEST(ReportJsonTest, HostileTextIsCarriedAsItIsExceptForOctetsThatAreNoText) {
  const auto run = from_json(to_json(hostile_run()));
  ASSERT_TRUE(run) << run.error().to_string();
  ASSERT_EQ(run->cases.size(), hostile_run().cases.size());
  EXPECT_EQ(run->cases[0].message, well_formed(kHostileText));
  EXPECT_EQ(run->cases[0].transcript[0].text, well_formed(kHostileText));
  EXPECT_EQ(to_json(*run), to_json(hostile_run()));
}

TEST(ReportJsonTest, NumbersThatAreNoDurationBecomeZero) {
  report::Run run = sample_run();
  run.seconds = std::numeric_limits<double>::quiet_NaN();
  run.cases[0].seconds = std::numeric_limits<double>::infinity();
  run.cases[0].virtual_seconds = -1;
  const auto read = from_json(to_json(run));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->seconds, 0);
  EXPECT_EQ(read->cases[0].seconds, 0);
  EXPECT_EQ(read->cases[0].virtual_seconds, 0);
}

TEST(ReportJsonTest, WhateverIsWrittenFitsTheLimitOfTexts) {
  report::Run run = passed_run();
  run.cases[0].actual = std::string(2 * ReportLimits{}.text_octets, '\xff');
  const auto read = from_json(to_json(run));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_TRUE(read->cases[0].actual.ends_with("more octets)"));
}

TEST(ReportJsonTest, AnErrorSaysWhere) {
  EXPECT_EQ(error_after([](Json&) {}), "");
  EXPECT_EQ(error_after([](Json& r) { r["cases"][2]["verdict"] = "maybe"; }),
            "cases[2].verdict is no verdict");
  EXPECT_EQ(error_after([](Json& r) { r["cases"][1]["transcript"][1].erase("kind"); }),
            "cases[1].transcript[1].kind is missing");
  EXPECT_EQ(error_after([](Json& r) { r["subject"]["age"] = 3; }),
            "subject has an unknown member \"age\"");
  EXPECT_EQ(from_json("[]").error().why, "the report is not an object");
  EXPECT_EQ(from_json("{\"format\": x").error().offset, 12U);
}

TEST(ReportJsonTest, EveryMemberIsRequiredAndNoOtherIsTaken) {
  const Json report = Json::parse(to_json(sample_run()));
  for (const char* object :
       {"", "/subject", "/summary", "/summary/verdicts", "/cases/0", "/cases/0/transcript/0"}) {
    const Json::json_pointer at(object);
    for (const auto& [name, unused] : report.at(at).items()) {
      EXPECT_NE(error_after([&](Json& r) { r[at].erase(name); }), "") << object << '/' << name;
    }
    EXPECT_NE(error_after([&](Json& r) { r[at]["surplus"] = 1; }), "") << object;
  }
}

TEST(ReportJsonTest, EveryMemberHasItsType) {
  const Json flat = Json::parse(to_json(sample_run())).flatten();
  for (const auto& [pointer, unused] : flat.items()) {
    EXPECT_NE(error_after([&](Json& r) { r[Json::json_pointer(pointer)] = nullptr; }), "")
        << pointer;
  }
}

TEST(ReportJsonTest, ValuesOutsideTheirDomainAreErrors) {
  EXPECT_EQ(error_after([](Json& r) { r["format"] = "other"; }), "format is not that of a report");
  EXPECT_EQ(error_after([](Json& r) { r["version"] = 2; }), "version is not supported");
  EXPECT_EQ(error_after([](Json& r) { r["seconds"] = -0.5; }), "seconds is not a duration");
  EXPECT_EQ(error_after([](Json& r) { r["subject"]["role"] = "phone"; }),
            "subject.role has a value that it cannot have");
  EXPECT_EQ(error_after([](Json& r) { r["cases"][0]["role"] = "peer"; }),
            "cases[0].role has a value that it cannot have");
  EXPECT_EQ(error_after([](Json& r) { r["cases"][0]["transcript"][0]["direction"] = "up"; }),
            "cases[0].transcript[0].direction has a value that it cannot have");
}

TEST(ReportJsonTest, TheSeedIsADecimalNumberOf64Bits) {
  for (const char* seed : {"0", "7", "18446744073709551615"}) {
    EXPECT_EQ(error_after([&](Json& r) { r["seed"] = seed; }), "") << seed;
  }
  for (const char* seed :
       {"", "18446744073709551616", "-1", "+1", "07", "0x7", "7 ", " 7", "1e3"}) {
    EXPECT_EQ(error_after([&](Json& r) { r["seed"] = seed; }),
              "seed is not a decimal number below 2^64")
        << seed;
  }
}

TEST(ReportJsonTest, TheStartIsAUtcTime) {
  for (const char* time : {"2025-11-25T16:37:05Z", "2025-11-25T16:37:05.25Z"}) {
    EXPECT_EQ(error_after([&](Json& r) { r["started_at"] = time; }), "") << time;
  }
  for (const char* time :
       {"", "Z", "2025-11-25", "2025-11-25T16:37:05", "2025-11-25T16:37:05+01:00",
        "2025-11-25 16:37:05Z", "2025-11-25T16:37:05.Z", "2025-11-25T16:37:05.2xZ",
        "2025-11-25T16:37:0Z"}) {
    EXPECT_EQ(error_after([&](Json& r) { r["started_at"] = time; }), "started_at is not a UTC time")
        << time;
  }
}

TEST(ReportJsonTest, ASummaryThatTheCasesContradictIsAnError) {
  EXPECT_EQ(error_after([](Json& r) { r["summary"]["succeeded"] = true; }),
            "summary contradicts the cases");
  EXPECT_EQ(error_after([](Json& r) { r["summary"]["verdicts"]["pass"] = 2; }),
            "summary contradicts the cases");
  EXPECT_EQ(error_after([](Json& r) { r["cases"].erase(0); }), "summary contradicts the cases");
}

TEST(ReportJsonTest, LimitsHoldAtAndPastThem) {
  const Json report = Json::parse(to_json(sample_run()));
  const auto error_within = [](const ReportLimits& limits) {
    return error_after([](Json&) {}, limits);
  };
  const std::size_t size = report.dump().size();
  const std::size_t cases = report["cases"].size();

  EXPECT_EQ(error_within({.octets = size}), "");
  EXPECT_EQ(error_within({.octets = size - 1}), "is too large");
  EXPECT_EQ(error_within({.cases = cases}), "");
  EXPECT_EQ(error_within({.cases = cases - 1}), "cases has too many elements");
  EXPECT_EQ(error_within({.requirements = 2}), "");
  EXPECT_EQ(error_within({.requirements = 1}), "cases[0].requirements has too many elements");
  EXPECT_EQ(error_within({.transcript_lines = 2}), "");
  EXPECT_EQ(error_within({.transcript_lines = 1}), "cases[0].transcript has too many elements");

  const auto lengthen = [](std::size_t text_size) {
    return [text_size](Json& r) { r["cases"][0]["actual"] = std::string(text_size, 'a'); };
  };
  EXPECT_EQ(error_after(lengthen(ReportLimits{}.text_octets)), "");
  EXPECT_EQ(error_after(lengthen(ReportLimits{}.text_octets + 1)), "cases[0].actual is too long");
}

TEST(ReportJsonTest, WhatIsNestedDeeperThanAReportIsRefused) {
  EXPECT_EQ(error_after([](Json& r) { r["cases"][0]["transcript"][0]["text"] = Json::array(); }),
            "is nested too deep");
  EXPECT_EQ(from_json(std::string(1'000'000, '[')).error().why, "is nested too deep");
}

TEST(ReportJsonTest, EveryPrefixOfAReportIsAnError) {
  const std::string json = to_json(passed_run());
  for (std::size_t size = 0; size + 1 < json.size(); ++size) {
    ASSERT_FALSE(from_json(json.substr(0, size))) << size;
  }
}

TEST(ReportSchemaTest, DescribesWhatIsWritten) {
  const Json schema = load_schema();
  for (const report::Run& run : {sample_run(), passed_run(), hostile_run()}) {
    EXPECT_EQ(json_schema::violations(schema, Json::parse(to_json(run))), "");
  }
}

// What the reader takes and what the schema takes is the same, apart from the summary's truth.
TEST(ReportSchemaTest, RefusesWhatTheReaderRefuses) {
  const Json schema = load_schema();
  const Json report = Json::parse(to_json(sample_run()));
  const auto violations_after = [&](const std::function<void(Json&)>& change) {
    Json changed = report;
    change(changed);
    return json_schema::violations(schema, changed);
  };
  const Json flat = report.flatten();
  for (const auto& [pointer, unused] : flat.items()) {
    EXPECT_NE(violations_after([&](Json& r) { r[Json::json_pointer(pointer)] = nullptr; }), "")
        << pointer;
  }
  for (const char* object :
       {"", "/subject", "/summary", "/summary/verdicts", "/cases/0", "/cases/0/transcript/0"}) {
    const Json::json_pointer at(object);
    for (const auto& [name, unused] : report.at(at).items()) {
      EXPECT_NE(violations_after([&](Json& r) { r[at].erase(name); }), "") << object << '/' << name;
    }
    EXPECT_NE(violations_after([&](Json& r) { r[at]["surplus"] = 1; }), "") << object;
  }
  EXPECT_NE(violations_after([](Json& r) { r["version"] = 2; }), "");
  EXPECT_NE(violations_after([](Json& r) { r["seed"] = "07"; }), "");
  EXPECT_NE(violations_after([](Json& r) { r["started_at"] = "now"; }), "");
  EXPECT_NE(violations_after([](Json& r) { r["seconds"] = -1; }), "");
  EXPECT_NE(violations_after([](Json& r) { r["subject"]["role"] = "phone"; }), "");
  EXPECT_NE(violations_after([](Json& r) { r["cases"][0]["verdict"] = "maybe"; }), "");
}

// The schema states the reader's limits.
TEST(ReportSchemaTest, StatesTheLimits) {
  const Json schema = load_schema();
  const ReportLimits limits;
  EXPECT_EQ(schema.at("/properties/version/const"_json_pointer), kReportVersion);
  EXPECT_EQ(schema.at("/properties/cases/maxItems"_json_pointer), limits.cases);
  const Json& result = schema.at("/$defs/case/properties"_json_pointer);
  EXPECT_EQ(result.at("requirements").at("maxItems"), limits.requirements);
  EXPECT_EQ(result.at("transcript").at("maxItems"), limits.transcript_lines);
  EXPECT_EQ(schema.at("/$defs/text/maxLength"_json_pointer), limits.text_octets);
}

}  // namespace
}  // namespace doublecheck::report
