#include "harness/report/page_data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/report/text.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Outside of strings JSON has no `<`, so each one can be replaced.
std::string embeddable(const OrderedJson& value) {
  std::string out;
  for (const char c : value.dump()) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::size_t cost(const TranscriptLine& line, const PageLimits& limits) {
  constexpr std::size_t kPunctuation = 32;
  return std::min(line.text.size(), limits.text_octets) + line.endpoint.size() + line.kind.size() +
         kPunctuation;
}

// For each case, the index of the first transcript line that the page carries.
std::vector<std::size_t> first_lines(std::span<const PageCase> cases, const PageLimits& limits) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < cases.size(); ++i) order.push_back(i);
  std::ranges::sort(order, {},
                    [&](std::size_t i) { return std::pair(!is_red(cases[i].result->verdict), i); });

  std::vector<std::size_t> first(cases.size());
  std::size_t left_for_all = limits.all_transcripts;
  for (const std::size_t i : order) {
    const auto& transcript = cases[i].result->transcript;
    std::size_t left = std::min(limits.case_transcript, left_for_all);
    std::size_t& start = first[i] = transcript.size();
    while (start > 0 && cost(transcript[start - 1], limits) <= left) {
      const std::size_t taken = cost(transcript[--start], limits);
      left -= taken;
      left_for_all -= taken;
    }
  }
  return first;
}

OrderedJson case_object(const PageCase& one, std::size_t first_line, const PageLimits& limits) {
  const CaseResult& result = *one.result;
  const auto text = [&](std::string_view value) {
    return visible(clipped(value, limits.text_octets));
  };
  OrderedJson requirements = OrderedJson::array();
  for (const std::string& id : result.requirements) requirements.push_back(text(id));
  OrderedJson transcript = OrderedJson::array();
  for (std::size_t i = first_line; i < result.transcript.size(); ++i) {
    const TranscriptLine& line = result.transcript[i];
    transcript.push_back({line.seconds, text(line.endpoint), text(line.direction), text(line.kind),
                          text(line.text)});
  }
  const TranscriptLine* sent = last_sent(result);
  return {{"subject", text(one.subject)},
          {"verdict", to_string(result.verdict)},
          {"requirements", std::move(requirements)},
          {"stimulus", text(result.stimulus)},
          {"message", text(result.message)},
          {"sent", sent == nullptr ? std::string() : text(sent->text)},
          {"expected", text(result.expected)},
          {"actual", text(result.actual)},
          {"reason", text(result.expected_fail_reason)},
          {"suspect", text(one.assessment.suspect)},
          {"why", text(one.assessment.why)},
          {"took", duration_text(result.seconds)},
          {"virtual", duration_text(result.virtual_seconds)},
          {"reproduce", text(result.reproduce)},
          {"lines_left_out", first_line},
          {"transcript", std::move(transcript)}};
}

}  // namespace

std::vector<PageCase> page_cases(const Run& run) {
  std::vector<PageCase> cases;
  for (const CaseResult& result : run.cases)
    cases.push_back({&result, {}, assess(result, known_from(run, result))});
  return cases;
}

std::string case_lines(std::span<const PageCase> cases, const PageLimits& limits) {
  const std::vector<std::size_t> first = first_lines(cases, limits);
  std::string lines;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    lines += embeddable(case_object(cases[i], first[i], limits)) + "\n";
  }
  return lines;
}

std::string requirement_table(std::span<const PageCase> cases) {
  OrderedJson table = OrderedJson::object();
  for (const PageCase& one : cases) {
    for (const std::string& id : one.result->requirements) {
      const auto rule = rule_from_id(id);
      if (!rule || table.contains(id)) continue;
      const Requirement& found = requirement(*rule);
      table[id] = {{"level", to_string(found.level)},
                   {"role", to_string(found.role)},
                   {"text", found.text},
                   {"rationale", found.rationale},
                   {"evidence", to_string(found.evidence)},
                   {"source", found.source},
                   {"security", found.security},
                   {"contested", found.contested}};
    }
  }
  return embeddable(table);
}

}  // namespace doublecheck::report
