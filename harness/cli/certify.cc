#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/cli/certificate.h"
#include "harness/cli/commands.h"
#include "harness/cli/progress.h"
#include "harness/cli/read_file.h"
#include "harness/cli/worker_pool.h"
#include "harness/cli/write_file.h"
#include "harness/driver/socket_driver.h"
#include "harness/driver/virtual_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/iut/codec_description.h"
#include "harness/iut/codec_process.h"
#include "harness/iut/in_process_server.h"
#include "harness/iut/network_namespace.h"
#include "harness/iut/remote_server.h"
#include "harness/report/comparison.h"
#include "harness/report/html.h"
#include "harness/report/junit.h"
#include "harness/report/report_json.h"
#include "harness/suite/canary.h"
#include "harness/suite/case.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/expected_failures.h"
#include "harness/suite/filter.h"
#include "harness/suite/run_case.h"
#include "spec/base/random.h"

// `doublecheck certify`: runs cases against an implementation and reports what was found.
namespace doublecheck::harness {
namespace {

using report::CaseResult;
using report::Verdict;

struct CertifyOptions {
  RemoteServerOptions remote;
  std::optional<std::string> server_url;
  std::optional<std::string> client_command;
  std::optional<std::string> codec_command;
  CertificateOptions certificate;
  std::string expected_file;
  bool update = false;
  std::string baseline_file;
  bool canary = false;
  std::string filter = "*";
  bool list = false;
  std::uint64_t seed = 1;
  std::size_t jobs = 0;
  std::size_t repeat = 1;
  std::string report_directory;
  bool worker = false;
  std::vector<std::string> arguments;  // of this process, for its workers and for `reproduce`
};

// Everything is, in this process.
bool is_tested(const Case& one, const CertifyOptions& options) {
  if (options.server_url) return one.role() == "server";
  if (options.client_command) return one.role() == "client";
  if (options.codec_command) return one.role() == "codec";
  return true;
}

std::vector<const Case*> selected_cases(const CertifyOptions& options) {
  std::vector<const Case*> selected;
  for (const Case& one : all_cases()) {
    if (is_tested(one, options) && matches_filter(one.id(), options.filter))
      selected.push_back(&one);
  }
  for (const Case& one : canaries()) {
    if (options.canary && is_tested(one, options)) selected.push_back(&one);
  }
  return selected;
}

const Case* find_case_or_canary(const std::string& id) {
  const auto bird = std::ranges::find(canaries(), id, &Case::id);
  return bird == canaries().end() ? find_case(id) : &*bird;
}

// ---- The worker's side

CaseResult run_in_process(const Case& one, std::uint64_t seed) {
  if (one.role() == "client") return run_client_case(one, seed);
  if (one.role() == "codec") return run_codec_case(one, seed);
  VirtualDriver driver;
  InProcessServer server(driver, {}, SeededRandom(seed));
  return run_server_case(one, server, seed, one.id());
}

CaseResult run_at_url(const Case& one, RemoteServer& server, std::uint64_t seed,
                      const std::string& label) {
  return run_server_case(one, server, seed, label);
}

int work(const CertifyOptions& options) {
  std::unique_ptr<RemoteServer> remote;
  if (options.server_url) {
    auto opened = RemoteServer::open(options.remote);
    if (!opened) {
      std::cerr << "doublecheck certify: " << opened.error().to_string() << "\n";
      return 1;
    }
    remote = std::move(*opened);
  }
  // Names of accounts on a shared server must be new in every run.
  const std::string run_label =
      std::to_string(::getpid()) + "." + std::to_string(std::time(nullptr));
  std::size_t number = 0;
  return serve_tasks([&](const std::string& id, std::size_t repetition) {
    const Case* one = find_case_or_canary(id);
    if (one == nullptr) return CaseResult{};
    const std::uint64_t seed = options.seed + repetition;
    if (options.client_command) {
      return run_client_case(
          *one, AdapterOptions{*options.client_command, options.remote.time_scale}, seed);
    }
    if (options.codec_command) {
      return run_codec_case(*one, CodecOptions{*options.codec_command, options.remote.time_scale},
                            seed);
    }
    if (!remote) return run_in_process(*one, seed);
    return run_at_url(*one, *remote, seed, run_label + "." + std::to_string(++number));
  });
}

// ---- The parent's side

// One verdict for all repetitions of a case: theirs, if they agree.
CaseResult merge(const std::vector<CaseResult>& repetitions) {
  CaseResult merged = repetitions.front();
  for (const CaseResult& repetition : repetitions) {
    if (repetition.verdict == merged.verdict) continue;
    if (merged.verdict == Verdict::kPass) merged = repetition;
    merged.message = "different verdicts over repetitions; one of them: " + repetition.message;
    merged.verdict = Verdict::kFlaky;
  }
  return merged;
}

std::string now_as_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

bool write_report(const std::string& directory, const report::Run& run) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const std::filesystem::path folder(directory);
  return write_file(folder / "report.json", report::to_json(run)) &&
         write_file(folder / "junit.xml", report::to_junit(run)) &&
         write_file(folder / "index.html", report::to_html(run));
}

std::string reproduce_command(const CertifyOptions& options, const Case& one) {
  std::string command = "doublecheck certify";
  if (options.server_url) command += " --server " + *options.server_url;
  if (options.client_command) command += " --client \"" + *options.client_command + "\"";
  if (options.codec_command) command += " --codec \"" + *options.codec_command + "\"";
  return command + " --seed " + std::to_string(options.seed) + " --filter '" + one.id() + "'";
}

std::string driver_of(const CertifyOptions& options) {
  if (options.codec_command) return "pipes";
  return options.server_url || options.client_command ? "sockets" : "virtual time";
}

struct Named {
  std::string library;
  std::string version;
};

// What the library says it is: asked once, so that one that does not start is told at once.
Result<Named> ask_library(const CertifyOptions& options) {
  if (!options.client_command && !options.codec_command) return Named{};
  // A library under test reaches this machine and nothing else; workers inherit that.
  if (const auto entered = enter_loopback_namespace(); !entered) {
    std::cerr << "doublecheck certify: the library runs without a network of its own: "
              << entered.error().to_string() << "\n";
  }
  if (options.codec_command) {
    const auto codec = CodecProcess::start({*options.codec_command, options.remote.time_scale});
    if (!codec) return std::unexpected(codec.error());
    auto said = describe_codec(**codec);
    if (!said) return propagate(said);
    return Named{said->library, said->version};
  }
  SocketDriver driver(options.remote.time_scale);
  auto adapter = AdapterProcess::start(driver, *options.client_command);
  if (!adapter) return propagate(adapter);
  return Named{(*adapter)->name(), (*adapter)->version()};
}

report::Subject subject_of(const CertifyOptions& options, const Named& library) {
  if (options.server_url) {
    return {.role = "server",
            .how = *options.server_url,
            .name = "server at " + *options.server_url,
            .version = ""};
  }
  if (options.client_command) {
    return {.role = "client",
            .how = *options.client_command,
            .name = library.library,
            .version = library.version};
  }
  if (options.codec_command) {
    return {.role = "codec",
            .how = *options.codec_command,
            .name = library.library,
            .version = library.version};
  }
  return {.role = "server, client and codec",
          .how = "in process",
          .name = "Doublecheck reference",
          .version = kVersion};
}

// The list of expected failures, empty without a file; the error is for the user.
Result<ExpectedFailures> read_expected_failures(const std::string& path) {
  if (path.empty()) return ExpectedFailures{};
  auto text = read_file(path, kMaxExpectedFailuresBytes);
  if (!text) return propagate(text);
  return parse_expected_failures(*text);
}

// Prints how the list changes, and writes it.
Result<> update_list(const std::string& path, const report::Run& run) {
  auto text = read_file(path, kMaxExpectedFailuresBytes);
  if (!text) return propagate(text);
  auto updated = update_expected_failures(*text, run);
  if (!updated) return propagate(updated);
  for (const std::string& change : updated->changes) std::cout << change << "\n";
  if (!write_file(path, updated->json)) return fail("expected failures", "cannot write " + path);
  std::cout << path << ": " << updated->changes.size() << " changes\n";
  return {};
}

// Prints what differs from an earlier report.
Result<> print_comparison(const std::string& path, const report::Run& run) {
  auto text = read_file(path, report::ReportLimits{}.octets);
  if (!text) return propagate(text);
  auto before = report::from_json(*text);
  if (!before) return propagate(before);
  const std::string differences = report::to_text(report::compare(*before, run), *before, run);
  std::cout << "compared with " << path << " (doublecheck " << before->suite_version
            << "): " << (differences.empty() ? "no difference\n" : "\n" + differences);
  return {};
}

// Everything that is done with a run once its verdicts are there: whether it was a success.
Result<bool> conclude_run(const CertifyOptions& options, const report::Run& run) {
  if (!options.report_directory.empty()) {
    if (!write_report(options.report_directory, run))
      return fail("report", "cannot write to " + options.report_directory);
    std::cout << "report: " << options.report_directory << "/index.html\n";
  }
  if (!options.baseline_file.empty()) {
    if (auto compared = print_comparison(options.baseline_file, run); !compared)
      return propagate(compared);
  }
  std::vector<const Case*> tested;
  for (const Case& one : all_cases()) {
    if (is_tested(one, options)) tested.push_back(&one);
  }
  auto certified = certify_run(run, tested, options.certificate);
  if (!certified) return propagate(certified);
  return *certified && report::succeeded(run);
}

bool needs_clock(const Task& task) {
  const Case* one = find_case_or_canary(task.described.id);
  return one != nullptr && std::ranges::find(one->needs, Need::kClock) != one->needs.end();
}

// The results in the order of the tasks. A server at a URL has one clock for all: what advances it
// runs alone, after everything else.
std::vector<CaseResult> run_tasks(const CertifyOptions& options, const std::vector<Task>& tasks,
                                  const std::function<void(const CaseResult&)>& progress) {
  WorkerPoolOptions pool;
  pool.command = options.arguments;
  pool.command.emplace_back("--worker");
  pool.jobs = options.jobs;
  if (!options.server_url) return run_in_workers(pool, tasks, progress);

  std::vector<CaseResult> results(tasks.size());
  for (const bool alone : {false, true}) {
    std::vector<Task> some;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (needs_clock(tasks[i]) != alone) continue;
      some.push_back(tasks[i]);
      places.push_back(i);
    }
    if (alone) pool.jobs = 1;
    std::vector<CaseResult> done = run_in_workers(pool, some, progress);
    for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move(done[i]);
  }
  return results;
}

int certify(const CertifyOptions& options) {
  if (options.worker) return work(options);
  const std::vector<const Case*> cases = selected_cases(options);
  if (options.list) {
    for (const Case* one : cases) std::cout << fmt::format("{:<60} {}\n", one->id(), one->sentence);
  }
  if (cases.empty()) {
    std::cerr << "doublecheck certify: no case matches " << options.filter << "\n";
    return 2;
  }
  if (options.list) return 0;

  const auto expected = read_expected_failures(options.expected_file);
  if (!expected) {
    std::cerr << "doublecheck certify: " << expected.error().to_string() << "\n";
    return 2;
  }
  if (const auto usable = check_certificate_options(options.certificate); !usable) {
    std::cerr << "doublecheck certify: " << usable.error().to_string() << "\n";
    return 2;
  }
  const auto library = ask_library(options);
  if (!library) {
    std::cerr << "doublecheck certify: " << library.error().to_string() << "\n";
    return 1;
  }
  std::vector<Task> tasks;
  for (const Case* one : cases) {
    for (std::size_t repetition = 0; repetition < options.repeat; ++repetition) {
      tasks.push_back({describe_case(*one), repetition});
      tasks.back().described.reproduce = reproduce_command(options, *one);
    }
  }
  const auto started = std::chrono::steady_clock::now();
  report::Run run{.suite_version = kVersion,
                  .started_at = now_as_text(),
                  .seed = options.seed,
                  .seconds = 0,
                  .subject = subject_of(options, *library),
                  .driver = driver_of(options),
                  .cases = {}};
  Progress progress(tasks.size());
  const std::vector<CaseResult> results =
      run_tasks(options, tasks, [&](const CaseResult& result) { progress.finished(result); });
  for (std::size_t i = 0; i < results.size(); i += options.repeat) {
    const auto first = results.begin() + static_cast<std::ptrdiff_t>(i);
    run.cases.push_back(merge({first, first + static_cast<std::ptrdiff_t>(options.repeat)}));
    run.cases.back().reproduce = tasks[i].described.reproduce;
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (options.update) {
    if (auto updated = update_list(options.expected_file, run); !updated) {
      std::cerr << "doublecheck certify: " << updated.error().to_string() << "\n";
      return 1;
    }
    return 0;
  }
  for (CaseResult& result : run.cases)
    apply_expected_failures(*expected, run.started_at.substr(0, 10), result);
  progress.summary(run);
  const auto success = conclude_run(options, run);
  if (!success) {
    std::cerr << "doublecheck certify: " << success.error().to_string() << "\n";
    return 1;
  }
  return *success ? 0 : 1;
}

}  // namespace

Command add_certify(CLI::App& app, std::vector<std::string> arguments) {
  auto options = std::make_shared<CertifyOptions>();
  options->arguments = std::move(arguments);
  options->jobs = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  CLI::App* command = app.add_subcommand(
      "certify",
      "Run the conformance cases; without --server, --client and --codec, against the reference server, client and codec in this process.");
  command->add_option("--client", options->client_command,
                      "Client under test: the command of an adapter, see harness/iut/README.md");
  command
      ->add_option(
          "--codec", options->codec_command,
          "Codec under test: the command of a process that answers harness/iut/codec.proto on its pipes")
      ->excludes("--client");
  CLI::Option* expected =
      command->add_option("--expected", options->expected_file,
                          "List of known failures (JSON); new failures alone are red then");
  command
      ->add_flag("--update", options->update,
                 "Bring the list of known failures up to date with this run, and print how it "
                 "changes")
      ->needs(expected);
  command->add_option("--baseline", options->baseline_file,
                      "An earlier report.json: print what differs from it");
  command
      ->add_flag("--canary", options->canary,
                 "Add a case that always fails, to see that whoever should notice does")
      ->excludes("--update");
  add_certificate_options(*command, options->certificate);
  command
      ->add_option("--server", options->server_url, "Server under test: ws://…, wss://… or tcp://…")
      ->excludes("--client")
      ->excludes("--codec");
  command->add_option(
      "--control", options->remote.control_url,
      "http:// address of its control contract; default: host and port of --server");
  command->add_option(
      "--trust-root", options->remote.trust_root,
      "Noise trust root of the server in hexadecimal; default: asked for over the control contract");
  command->add_option("--allow-remote-host", options->remote.allow_remote_host,
                      "Also connect to this host, which is not this machine");
  command
      ->add_option(
          "--filter", options->filter,
          "Only cases whose id matches, for example 'server/noise/*'; ':' separates patterns")
      ->capture_default_str();
  command->add_flag("--list", options->list, "List the cases instead of running them");
  command->add_option("--seed", options->seed, "Seed of everything random")->capture_default_str();
  command->add_option("--jobs", options->jobs, "Cases at the same time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--repeat", options->repeat, "Run each case this often, to find flaky ones")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option("--time-scale", options->remote.time_scale,
                   "Multiply every deadline by this, for slow implementations")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--report", options->report_directory,
                      "Write index.html, junit.xml and report.json to this folder");
  command->add_flag("--worker", options->worker)->group("");
  return [options] {
    if (options->server_url) options->remote.url = *options->server_url;
    if (!options->expected_file.empty())
      options->certificate.expected_file = options->expected_file;
    return certify(*options);
  };
}

}  // namespace doublecheck::harness
