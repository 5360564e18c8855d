#include "harness/report/report_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/report/json_decoder.h"
#include "harness/report/text.h"
#include "harness/report/verdicts.h"

namespace doublecheck::report {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kFormat = "doublecheck-report";
constexpr std::array<std::string_view, 4> kSubjectRoles = {"server", "client", "codec",
                                                           "server, client and codec"};
constexpr std::array<std::string_view, 3> kCaseRoles = {"server", "client", "codec"};
constexpr std::array<std::string_view, 3> kDirections = {"", "sent", "received"};

// The deepest value is a member of a transcript line: report, cases, case, transcript, line.
constexpr std::size_t kMaxDepth = 5;

// ---- Writing

std::string text(std::string_view value) {
  // The remark of `clipped` takes a few octets more.
  constexpr std::size_t kRoomForRemark = 64;
  return clipped(well_formed(value), ReportLimits{}.text_octets - kRoomForRemark);
}

double seconds(double value) { return std::isfinite(value) && value > 0 ? value : 0.0; }

OrderedJson json_of(const Subject& subject) {
  return {{"role", text(subject.role)},
          {"how", text(subject.how)},
          {"name", text(subject.name)},
          {"version", text(subject.version)}};
}

OrderedJson json_of(const TranscriptLine& line) {
  return {{"seconds", seconds(line.seconds)},
          {"endpoint", text(line.endpoint)},
          {"direction", text(line.direction)},
          {"kind", text(line.kind)},
          {"text", text(line.text)}};
}

OrderedJson json_of(const CaseResult& result) {
  OrderedJson requirements = OrderedJson::array();
  for (const std::string& id : result.requirements) requirements.push_back(text(id));
  OrderedJson transcript = OrderedJson::array();
  for (const TranscriptLine& line : result.transcript) transcript.push_back(json_of(line));
  return {{"id", text(result.id)},
          {"layer", text(result.layer)},
          {"role", text(result.role)},
          {"sentence", text(result.sentence)},
          {"requirements", std::move(requirements)},
          {"stimulus", text(result.stimulus)},
          {"verdict", to_string(result.verdict)},
          {"message", text(result.message)},
          {"expected", text(result.expected)},
          {"actual", text(result.actual)},
          {"expected_fail_reason", text(result.expected_fail_reason)},
          {"seconds", seconds(result.seconds)},
          {"virtual_seconds", seconds(result.virtual_seconds)},
          {"reproduce", text(result.reproduce)},
          {"transcript", std::move(transcript)}};
}

OrderedJson summary_of(const Run& run) {
  const auto counts = tally(run);
  OrderedJson verdicts;
  for (const Verdict verdict : kVerdicts) {
    const auto found = counts.find(verdict);
    verdicts[to_string(verdict)] = found == counts.end() ? 0 : found->second;
  }
  return {{"succeeded", succeeded(run)}, {"verdicts", std::move(verdicts)}};
}

// ---- Reading

// Of the shape "2025-11-25T16:37:05Z", possibly with a fraction of a second.
bool is_utc_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() <= kShape.size() || !text.ends_with('Z')) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(text[i]) : text[i] != kShape[i]) return false;
  }
  const std::string_view fraction = text.substr(kShape.size(), text.size() - kShape.size() - 1);
  return fraction.empty() || (fraction.front() == '.' && fraction.size() > 1 &&
                              std::ranges::all_of(fraction.substr(1), is_digit));
}

Subject read_subject(JsonDecoder& decoder, const Json& value, std::string_view path) {
  Subject subject;
  if (!decoder.object(value, path, {"role", "how", "name", "version"})) return subject;
  subject.role = decoder.one_of(value["role"], member(path, "role"), kSubjectRoles);
  subject.how = decoder.string(value["how"], member(path, "how"));
  subject.name = decoder.string(value["name"], member(path, "name"));
  subject.version = decoder.string(value["version"], member(path, "version"));
  return subject;
}

TranscriptLine read_line(JsonDecoder& decoder, const Json& value, std::string_view path) {
  TranscriptLine line;
  if (!decoder.object(value, path, {"seconds", "endpoint", "direction", "kind", "text"}))
    return line;
  line.seconds = decoder.seconds(value["seconds"], member(path, "seconds"));
  line.endpoint = decoder.string(value["endpoint"], member(path, "endpoint"));
  line.direction = decoder.one_of(value["direction"], member(path, "direction"), kDirections);
  line.kind = decoder.string(value["kind"], member(path, "kind"));
  line.text = decoder.string(value["text"], member(path, "text"));
  return line;
}

CaseResult read_case(JsonDecoder& decoder, const Json& value, std::string_view path) {
  CaseResult result;
  if (!decoder.object(value, path,
                      {"id", "layer", "role", "sentence", "requirements", "stimulus", "verdict",
                       "message", "expected", "actual", "expected_fail_reason", "seconds",
                       "virtual_seconds", "reproduce", "transcript"})) {
    return result;
  }
  const auto string = [&](const char* name) {
    return decoder.string(value[name], member(path, name));
  };
  result.id = string("id");
  result.layer = string("layer");
  result.role = decoder.one_of(value["role"], member(path, "role"), kCaseRoles);
  result.sentence = string("sentence");
  decoder.array(value["requirements"], member(path, "requirements"), decoder.limits().requirements,
                [&](const Json& id, std::string_view at) {
                  result.requirements.push_back(decoder.string(id, at));
                });
  result.stimulus = string("stimulus");
  result.verdict = read_verdict(decoder, value["verdict"], member(path, "verdict"));
  result.message = string("message");
  result.expected = string("expected");
  result.actual = string("actual");
  result.expected_fail_reason = string("expected_fail_reason");
  result.seconds = decoder.seconds(value["seconds"], member(path, "seconds"));
  result.virtual_seconds =
      decoder.seconds(value["virtual_seconds"], member(path, "virtual_seconds"));
  result.reproduce = string("reproduce");
  decoder.array(value["transcript"], member(path, "transcript"), decoder.limits().transcript_lines,
                [&](const Json& line, std::string_view at) {
                  result.transcript.push_back(read_line(decoder, line, at));
                });
  return result;
}

Run read_run(JsonDecoder& decoder, const Json& value) {
  Run run;
  if (!decoder.object(value, "",
                      {"format", "version", "suite_version", "started_at", "seed", "seconds",
                       "subject", "driver", "summary", "cases"})) {
    return run;
  }
  if (value["format"] != kFormat) decoder.reject("format", "is not that of a report");
  if (value["version"] != kReportVersion) decoder.reject("version", "is not supported");
  run.suite_version = decoder.string(value["suite_version"], "suite_version");
  run.started_at = decoder.string(value["started_at"], "started_at");
  if (!is_utc_time(run.started_at)) decoder.reject("started_at", "is not a UTC time");
  run.seed = read_seed(decoder, value["seed"], "seed");
  run.seconds = decoder.seconds(value["seconds"], "seconds");
  run.subject = read_subject(decoder, value["subject"], "subject");
  run.driver = decoder.string(value["driver"], "driver");
  decoder.array(value["cases"], "cases", decoder.limits().cases,
                [&](const Json& result, std::string_view at) {
                  run.cases.push_back(read_case(decoder, result, at));
                });
  if (value["summary"] != Json(summary_of(run))) decoder.reject("summary", "contradicts the cases");
  return run;
}

}  // namespace

std::string to_json(const Run& run) {
  OrderedJson cases = OrderedJson::array();
  for (const CaseResult& result : run.cases) cases.push_back(json_of(result));
  const OrderedJson report = {{"format", kFormat},
                              {"version", kReportVersion},
                              {"suite_version", text(run.suite_version)},
                              {"started_at", text(run.started_at)},
                              {"seed", std::to_string(run.seed)},
                              {"seconds", seconds(run.seconds)},
                              {"subject", json_of(run.subject)},
                              {"driver", text(run.driver)},
                              {"summary", summary_of(run)},
                              {"cases", std::move(cases)}};
  constexpr int kIndent = 2;
  return report.dump(kIndent) + "\n";
}

Result<Run> from_json(std::string_view json, const ReportLimits& limits) {
  return decode_json<Run>(json, kMaxDepth, JsonDecoder("report", limits), read_run);
}

std::string case_to_json(const CaseResult& result) { return json_of(result).dump(); }

Result<CaseResult> case_from_json(std::string_view json, const ReportLimits& limits) {
  return decode_json<CaseResult>(
      json, kMaxDepth, JsonDecoder("report", limits),
      [](JsonDecoder& decoder, const Json& value) { return read_case(decoder, value, ""); });
}

}  // namespace doublecheck::report
