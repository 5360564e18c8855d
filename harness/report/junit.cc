#include "harness/report/junit.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <string_view>
#include <vector>

#include "harness/report/text.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

// Readers refuse large files, or cut them anywhere; the whole story is in the other reports.
constexpr std::size_t kMaxText = 4'096;
constexpr std::size_t kMaxLines = 40;

// How a verdict appears, besides as a property.
enum class Element { kNone, kFailure, kError, kSkipped };

Element element_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return Element::kNone;
    case Verdict::kFail:
    case Verdict::kFlaky:
    case Verdict::kUnexpectedPass:
      return Element::kFailure;
    case Verdict::kInconclusive:
      return Element::kError;
    // JUnit knows no warning. A skipped case is at least shown, with its message.
    case Verdict::kWarn:
    case Verdict::kExpectedFail:
    case Verdict::kUnsupported:
      return Element::kSkipped;
  }
  return Element::kError;
}

std::string_view tag_of(Element element) {
  switch (element) {
    case Element::kFailure:
      return "failure";
    case Element::kError:
      return "error";
    case Element::kSkipped:
      return "skipped";
    case Element::kNone:
      break;
  }
  return {};
}

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, escape_attribute(clipped(value, kMaxText)));
}

std::string time_attribute(double seconds) {
  return fmt::format(" time=\"{:.3f}\"", std::isfinite(seconds) ? std::max(seconds, 0.0) : 0.0);
}

// Attributes that <testsuites> and <testsuite> share.
struct SuiteCounts {
  std::size_t tests = 0;
  std::map<Element, std::size_t> elements;
  double seconds = 0;

  void add(const CaseResult& result) {
    ++tests;
    ++elements[element_of(result.verdict)];
    seconds += result.seconds;
  }

  std::string attributes() {
    return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"{}", tests,
                       elements[Element::kFailure], elements[Element::kError],
                       elements[Element::kSkipped], time_attribute(seconds));
  }
};

std::string property(std::string_view name, std::string_view value) {
  return "<property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

std::string section(std::string_view title, std::string_view text) {
  return text.empty() ? std::string() : fmt::format("\n{}:\n{}\n", title, clipped(text, kMaxText));
}

std::string_view arrow(std::string_view direction) {
  return direction == "sent" ? "->" : direction == "received" ? "<-" : "--";
}

std::string transcript_text(const std::vector<TranscriptLine>& transcript) {
  const std::size_t left_out = transcript.size() - std::min(transcript.size(), kMaxLines);
  std::string text = left_out == 0 ? std::string() : fmt::format("({} earlier lines)\n", left_out);
  for (std::size_t i = left_out; i < transcript.size(); ++i) {
    const TranscriptLine& line = transcript[i];
    text += fmt::format("{:10.6f} {} {} {}: {}\n", line.seconds, line.endpoint,
                        arrow(line.direction), line.kind, clipped(line.text, kMaxText));
  }
  return text;
}

// What a person needs who sees nothing but this case.
std::string explanation(const CaseResult& result) {
  std::string text = result.sentence + "\n";
  for (const std::string& id : result.requirements) {
    if (const auto rule = rule_from_id(id))
      text += fmt::format("{}: {}\n", id, requirement(*rule).text);
  }
  text += section("Expected", result.expected);
  text += section("Actual", result.actual);
  if (!result.transcript.empty()) text += "\nTranscript:\n" + transcript_text(result.transcript);
  text += section("Reproduce", result.reproduce);
  return text;
}

std::string message_of(const CaseResult& result) {
  std::string message = to_string(result.verdict);
  if (!result.message.empty()) message += ": " + result.message;
  if (!result.expected_fail_reason.empty())
    message += " (expected: " + result.expected_fail_reason + ")";
  return message;
}

// "server/keepalive/ping" as the class "server.keepalive" and the name "ping".
std::string identity(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  if (slash == std::string_view::npos)
    return attribute("classname", "doublecheck") + attribute("name", id);
  std::string class_name(id.substr(0, slash));
  std::ranges::replace(class_name, '/', '.');
  return attribute("classname", class_name) + attribute("name", id.substr(slash + 1));
}

std::string test_case(const CaseResult& result) {
  std::string xml =
      "<testcase" + identity(result.id) + time_attribute(result.seconds) + ">\n<properties>\n";
  xml += property("verdict", to_string(result.verdict));
  for (const std::string& id : result.requirements) xml += property("requirement", id);
  xml += "</properties>\n";
  const Element element = element_of(result.verdict);
  const std::string_view tag = tag_of(element);
  if (element == Element::kSkipped) {
    // Readers take the message alone from a skipped case.
    xml += fmt::format("<{}{}/>\n", tag, attribute("message", message_of(result)));
    if (result.verdict != Verdict::kUnsupported) {
      xml += "<system-out>" + escape_markup(explanation(result)) + "</system-out>\n";
    }
  } else if (element != Element::kNone) {
    xml += fmt::format("<{}{}{}>{}</{}>\n", tag, attribute("message", message_of(result)),
                       attribute("type", to_string(result.verdict)),
                       escape_markup(explanation(result)), tag);
  }
  return xml + "</testcase>\n";
}

std::string suite_properties(const Run& run) {
  return "<properties>\n" + property("subject", run.subject.name) +
         property("version", run.subject.version) + property("role", run.subject.role) +
         property("how", run.subject.how) + property("driver", run.driver) +
         property("seed", std::to_string(run.seed)) + property("suite", run.suite_version) +
         "</properties>\n";
}

std::string timestamp(const Run& run) {
  return run.started_at.empty() ? "" : attribute("timestamp", run.started_at);
}

// A stand-in for the cases of a run that checked nothing.
CaseResult nothing_checked() {
  CaseResult result;
  result.id = "doublecheck/run/something_is_checked";
  result.layer = "run";
  result.sentence = "A run that checks nothing is not a success.";
  result.verdict = Verdict::kInconclusive;
  result.message = "no case was selected, or all are unsupported";
  return result;
}

}  // namespace

std::string to_junit(const Run& run) {
  // Layers in the order in which they first appear.
  std::vector<std::string> layers;
  std::map<std::string, std::vector<const CaseResult*>> by_layer;
  SuiteCounts total;
  const auto add = [&](const CaseResult& result) {
    auto& of_layer = by_layer[result.layer];
    if (of_layer.empty()) layers.push_back(result.layer);
    of_layer.push_back(&result);
    total.add(result);
  };
  for (const CaseResult& result : run.cases) add(result);
  const CaseResult stand_in = nothing_checked();
  if (!succeeded(run) && std::ranges::none_of(run.cases, is_red, &CaseResult::verdict))
    add(stand_in);

  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"doublecheck\"" +
                    total.attributes() + timestamp(run) + ">\n";
  for (const std::string& layer : layers) {
    SuiteCounts counts;
    for (const CaseResult* result : by_layer[layer]) counts.add(*result);
    xml += "<testsuite" + attribute("name", layer) + counts.attributes() + timestamp(run) + ">\n" +
           suite_properties(run);
    for (const CaseResult* result : by_layer[layer]) xml += test_case(*result);
    xml += "</testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace doublecheck::report
