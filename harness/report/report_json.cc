#include "harness/report/report_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "harness/report/json_structure.h"
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

std::string member(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
}

// Takes values out of parsed JSON. The first thing that is wrong is kept, as the error; what is
// read after it is meaningless.
class Decoder {
 public:
  explicit Decoder(const ReportLimits& limits) : limits_(limits) {}

  const std::optional<Error>& error() const { return error_; }

  void reject(std::string_view path, std::string_view why) {
    if (!error_)
      error_ = Error{
          "report", std::string(path.empty() ? "the report" : path) + " " + std::string(why), {}};
  }

  // Whether `value` is an object with exactly these members.
  bool object(const Json& value, std::string_view path,
              std::initializer_list<std::string_view> names) {
    if (!value.is_object()) {
      reject(path, "is not an object");
      return false;
    }
    for (const std::string_view name : names) {
      if (!value.contains(name)) reject(member(path, name), "is missing");
    }
    for (const auto& [name, unused] : value.items()) {
      if (std::ranges::find(names, name) == names.end()) {
        reject(path, "has an unknown member \"" + clipped(visible(name), kMaxQuoted) + "\"");
      }
    }
    return !error_;
  }

  std::string string(const Json& value, std::string_view path) {
    const auto* string = value.get_ptr<const std::string*>();
    if (string == nullptr) {
      reject(path, "is not a string");
      return {};
    }
    if (string->size() > limits_.text_octets) reject(path, "is too long");
    return *string;
  }

  std::string one_of(const Json& value, std::string_view path,
                     std::span<const std::string_view> allowed) {
    std::string chosen = string(value, path);
    if (std::ranges::find(allowed, chosen) == allowed.end())
      reject(path, "has a value that it cannot have");
    return chosen;
  }

  double seconds(const Json& value, std::string_view path) {
    if (!value.is_number()) {
      reject(path, "is not a number");
      return 0;
    }
    const auto number = value.get<double>();
    if (!std::isfinite(number) || number < 0) reject(path, "is not a duration");
    return number;
  }

  // Calls `read(element, path)` for each element of an array.
  template <typename Read>
  void array(const Json& value, std::string_view path, std::size_t max_size, Read read) {
    if (!value.is_array()) return reject(path, "is not an array");
    if (value.size() > max_size) return reject(path, "has too many elements");
    for (std::size_t i = 0; i < value.size() && !error_; ++i) {
      read(value[i], std::string(path) + "[" + std::to_string(i) + "]");
    }
  }

  const ReportLimits& limits() const { return limits_; }

 private:
  static constexpr std::size_t kMaxQuoted = 64;  // octets of a stranger's text in an error

  ReportLimits limits_;
  std::optional<Error> error_;
};

// The number as JSON carries it: decimal digits in a string, for many readers of JSON round numbers
// above 2^53.
std::uint64_t read_seed(Decoder& decoder, const Json& value, std::string_view path) {
  const std::string digits = decoder.string(value, path);
  std::uint64_t seed = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  const bool whole = code == std::errc() && end == digits.data() + digits.size();
  if (!whole || digits != std::to_string(seed))
    decoder.reject(path, "is not a decimal number below 2^64");
  return seed;
}

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

Subject read_subject(Decoder& decoder, const Json& value, std::string_view path) {
  Subject subject;
  if (!decoder.object(value, path, {"role", "how", "name", "version"})) return subject;
  subject.role = decoder.one_of(value["role"], member(path, "role"), kSubjectRoles);
  subject.how = decoder.string(value["how"], member(path, "how"));
  subject.name = decoder.string(value["name"], member(path, "name"));
  subject.version = decoder.string(value["version"], member(path, "version"));
  return subject;
}

TranscriptLine read_line(Decoder& decoder, const Json& value, std::string_view path) {
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

Verdict read_verdict(Decoder& decoder, const Json& value, std::string_view path) {
  const auto verdict = verdict_from_string(decoder.string(value, path));
  if (!verdict) decoder.reject(path, "is no verdict");
  return verdict.value_or(Verdict::kInconclusive);
}

CaseResult read_case(Decoder& decoder, const Json& value, std::string_view path) {
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

Run read_run(Decoder& decoder, const Json& value) {
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

template <typename T, typename Read>
Result<T> decode(std::string_view json, const ReportLimits& limits, const Read& read) {
  if (json.size() > limits.octets) return fail("report", "is too large");
  if (auto structure = check_json_structure(json, kMaxDepth); !structure)
    return propagate(structure);
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  Decoder decoder(limits);
  T decoded = read(decoder, value);
  if (decoder.error()) return std::unexpected(*decoder.error());
  return decoded;
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
  return decode<Run>(json, limits, read_run);
}

std::string case_to_json(const CaseResult& result) { return json_of(result).dump(); }

Result<CaseResult> case_from_json(std::string_view json, const ReportLimits& limits) {
  return decode<CaseResult>(json, limits, [](Decoder& decoder, const Json& value) {
    return read_case(decoder, value, "");
  });
}

}  // namespace doublecheck::report
