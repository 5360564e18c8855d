#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "harness/cli/certify.h"
#include "harness/cli/commands.h"
#include "harness/cli/read_file.h"
#include "harness/report/assessment.h"
#include "harness/report/report_json.h"
#include "harness/report/text.h"
#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// `doublecheck explain`: what a case checks and why, and with a report, what it found.
namespace doublecheck::harness {
namespace {

using report::visible;

struct ExplainOptions {
  std::string id;
  std::string report_file;
};

// Every line of a text, this far to the right.
std::string indented(std::string_view text, std::size_t columns) {
  std::string lines;
  const std::string indent(columns, ' ');
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += indent + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void print_requirement(Rule rule) {
  const Requirement& one = requirement(rule);
  std::cout << fmt::format("\n  {} ({}, {}, {}{})\n    {}\n", one.id, to_string(one.level),
                           to_string(one.role), to_string(one.evidence),
                           one.security ? ", security" : "", one.text);
  if (!one.rationale.empty()) std::cout << "    Why: " << one.rationale << "\n";
  std::cout << "    Source: " << one.source << "\n    Seen by: " << one.observe << "\n";
}

void print_block(std::string_view title, const std::string& text) {
  if (!text.empty()) std::cout << "  " << title << "\n" << indented(visible(text), 4);
}

void print_result(const report::CaseResult& result, const report::Run& run) {
  std::cout << fmt::format("\n{}, against {} {}: {}\n", run.started_at, visible(run.subject.name),
                           visible(run.subject.version), report::to_string(result.verdict));
  if (!result.message.empty()) std::cout << indented(visible(result.message), 2);
  const report::TranscriptLine* sent = report::last_sent(result);
  print_block("sent last", sent == nullptr ? std::string() : sent->text);
  print_block("expected", result.expected);
  print_block("received", result.actual);
  const report::Assessment assessment = report::assess(result, report::known_from(run, result));
  if (!assessment.suspect.empty()) {
    std::cout << "  whose bug it likely is\n    " << assessment.suspect << ": "
              << visible(assessment.why) << "\n";
  }
  if (!result.transcript.empty()) std::cout << "  transcript\n";
  for (const report::TranscriptLine& line : result.transcript) {
    std::cout << fmt::format("    {:>9.3f} {} {} {} {}\n", line.seconds, visible(line.endpoint),
                             line.direction, line.kind, visible(line.text));
  }
  if (!result.reproduce.empty())
    std::cout << "  reproduce\n    " << visible(result.reproduce) << "\n";
}

// What the report says of the case; the error is for the user.
Result<> print_finding(const ExplainOptions& options) {
  auto text = read_file(options.report_file, report::ReportLimits{}.octets);
  if (!text) return propagate(text);
  const auto run = report::from_json(*text);
  if (!run) return std::unexpected(run.error());
  const auto found = std::ranges::find(run->cases, options.id, &report::CaseResult::id);
  if (found == run->cases.end())
    return fail("report", options.id + " was not run for " + options.report_file);
  print_result(*found, *run);
  return {};
}

int explain(const ExplainOptions& options) {
  const Case* one = find_case(options.id);
  if (one == nullptr) {
    std::cerr << "doublecheck explain: " << no_such_case(options.id)
              << "\n`doublecheck requirements ID` explains a requirement\n";
    return 2;
  }
  std::cout << one->id() << "\n  " << one->sentence << "\n";
  for (const Rule rule : one->checks) print_requirement(rule);
  if (options.report_file.empty()) {
    std::cout << "\n  doublecheck certify --case " << one->id() << " runs it alone\n";
    return 0;
  }
  if (const auto printed = print_finding(options); !printed) {
    std::cerr << "doublecheck explain: " << printed.error().to_string() << "\n";
    return 1;
  }
  return 0;
}

}  // namespace

Command add_explain(CLI::App& app) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "Say what a case checks, where that is known from, and what a report says of it");
  command->add_option("case", options->id, "The id of a case, for example server/acks/message")
      ->required();
  command->add_option("--report", options->report_file, "A report.json of certify");
  return [options] { return explain(*options); };
}

}  // namespace doublecheck::harness
