#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/read_file.h"
#include "harness/cli/write_file.h"
#include "harness/report/html.h"
#include "harness/report/matrix_html.h"
#include "harness/report/report_json.h"

// `doublecheck report`: pages of runs that were done before, also elsewhere.
namespace doublecheck::harness {
namespace {

struct ReportOptions {
  std::vector<std::string> files;
  std::string output;
  report::MatrixOptions matrix;
};

Result<report::Run> read_run(const std::string& path) {
  auto text = read_file(path, report::ReportLimits{}.octets);
  if (!text) return propagate(text);
  auto run = report::from_json(*text);
  if (!run) return fail("report", path + ": " + run.error().to_string());
  return run;
}

Result<> write_page(const ReportOptions& options, bool one_run) {
  std::vector<report::Run> runs;
  for (const std::string& file : options.files) {
    auto run = read_run(file);
    if (!run) return propagate(run);
    runs.push_back(*std::move(run));
  }
  const std::string page =
      one_run ? report::to_html(runs.front()) : report::to_matrix_html(runs, options.matrix);
  if (!write_file(options.output, page)) return fail("report", "cannot write " + options.output);
  return {};
}

int make_page(const ReportOptions& options, bool one_run) {
  if (const auto written = write_page(options, one_run); !written) {
    std::cerr << "doublecheck report: " << written.error().to_string() << "\n";
    return 2;
  }
  std::cout << "report: " << options.output << "\n";
  return 0;
}

}  // namespace

Command add_report(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Make pages of what earlier runs of certify found");
  command->require_subcommand(1);
  CLI::App* merged = command->add_subcommand(
      "merge", "One page of several runs: implementations across, cases down");
  merged->add_option("reports", options->files, "The report.json of each run")->required();
  merged->add_option("--output", options->output, "The page")->required();
  merged->add_flag("--counts-only-for-security", options->matrix.counts_only_for_security,
                   "Of requirements that bear on security, show only how many cases had which "
                   "verdict");
  CLI::App* page = command->add_subcommand("page", "The page of one run");
  page->add_option("report", options->files, "Its report.json")->required()->expected(1);
  page->add_option("--output", options->output, "The page")->required();
  return [options, page] { return make_page(*options, page->parsed()); };
}

}  // namespace doublecheck::harness
