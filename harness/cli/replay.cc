#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "harness/certification/statement.h"
#include "harness/cli/certify.h"
#include "harness/cli/commands.h"
#include "harness/cli/read_file.h"
#include "harness/report/failure.h"
#include "harness/report/text.h"

// `doublecheck replay`: runs one failure again, from the file that it left.
namespace doublecheck::harness {
namespace {

struct ReplayOptions {
  std::string file;
  std::optional<std::string> server_url;
  std::optional<std::string> client_command;
  std::optional<std::string> codec_command;
  std::string report_directory;
  bool pause = false;
};

// Another place than that of the file: for whoever got the file from somebody else.
void redirect(const ReplayOptions& options, Target& target) {
  if (!options.server_url && !options.client_command && !options.codec_command) return;
  const double time_scale = target.remote.time_scale;
  target = {};
  target.server_url = options.server_url;
  target.client_command = options.client_command;
  target.codec_command = options.codec_command;
  target.remote.time_scale = time_scale;
}

void print_differences(const report::Failure& failure) {
  if (failure.suite_version != kVersion) {
    std::cout << "recorded by doublecheck " << report::visible(failure.suite_version)
              << ", this is " << kVersion << ": the case may have changed\n";
  }
  if (failure.catalogue != catalogue_digest())
    std::cout << "recorded with another catalogue: the requirement may have changed\n";
}

int replay_failure(const ReplayOptions& options) {
  const auto text = read_file(options.file, report::kMaxFailureOctets);
  const auto failure = text ? report::failure_from_json(*text)
                            : Result<report::Failure>(std::unexpected(text.error()));
  if (!failure) {
    std::cerr << "doublecheck replay: " << failure.error().to_string() << "\n";
    return 2;
  }
  print_differences(*failure);
  CertifyOptions again;
  again.target = target_of(*failure);
  redirect(options, again.target);
  again.case_id = failure->case_id;
  again.seed = failure->seed;
  again.jobs = 1;
  again.pause = options.pause;
  again.report_directory = options.report_directory;
  std::optional<report::Verdict> verdict;
  const int code = certify(again, &verdict);
  if (verdict) {
    std::cout << fmt::format("recorded: {}, now: {}\n", to_string(failure->verdict),
                             to_string(*verdict));
  }
  return code;
}

}  // namespace

Command add_replay(CLI::App& app) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = app.add_subcommand(
      "replay",
      "Run one failure again, from the file that `certify --report` left of it. That file names the "
      "command to run: of a file that you do not trust, say yourself what to run it against.");
  command->add_option("file", options->file, "failures/CASE.json of a report")->required();
  command->add_option("--client", options->client_command,
                      "Against this client, instead of what the file names");
  command->add_option("--codec", options->codec_command, "Against this codec")
      ->excludes("--client");
  command->add_option("--server", options->server_url, "Against this server")
      ->excludes("--client")
      ->excludes("--codec");
  command->add_option("--report", options->report_directory, "Write a report to this folder");
  command->add_flag("--pause", options->pause, "As the option of certify");
  return [options] { return replay_failure(*options); };
}

}  // namespace doublecheck::harness
