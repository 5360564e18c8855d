#include "harness/cli/certify.h"

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
#include <span>
#include <string>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/failures.h"
#include "harness/cli/progress.h"
#include "harness/cli/read_file.h"
#include "harness/cli/worker_pool.h"
#include "harness/cli/write_file.h"
#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/iut/codec_description.h"
#include "harness/iut/codec_process.h"
#include "harness/iut/network_namespace.h"
#include "harness/report/comparison.h"
#include "harness/report/html.h"
#include "harness/report/junit.h"
#include "harness/report/report_json.h"
#include "harness/suite/canary.h"
#include "harness/suite/case.h"
#include "harness/suite/expected_failures.h"
#include "harness/suite/filter.h"
#include "harness/suite/near_misses.h"
#include "harness/suite/repetitions.h"
#include "harness/suite/run_case.h"

// `doublecheck certify`: runs cases against an implementation and reports what was found.
namespace doublecheck::harness {
namespace {

using report::CaseResult;
using report::Verdict;

std::vector<const Case*> selected_cases(const CertifyOptions& options) {
  std::vector<const Case*> selected;
  if (options.case_id) {
    const Case* one = find_case_or_canary(*options.case_id);
    if (one != nullptr && is_tested(*one, options.target)) selected.push_back(one);
    return selected;
  }
  for (const Case& one : all_cases()) {
    if (is_tested(one, options.target) && matches_filter(one.id(), options.filter))
      selected.push_back(&one);
  }
  for (const Case& one : canaries()) {
    if (options.canary && is_tested(one, options.target)) selected.push_back(&one);
  }
  return selected;
}

// ---- The worker's side

int work(const CertifyOptions& options) {
  auto runner = CaseRunner::open(options.target);
  if (!runner) {
    std::cerr << "doublecheck certify: " << runner.error().to_string() << "\n";
    return 1;
  }
  return serve_tasks([&](const std::string& id, std::size_t repetition) {
    const Case* one = find_case_or_canary(id);
    return one == nullptr ? CaseResult{} : runner->run(*one, options.seed + repetition);
  });
}

// ---- The parent's side

std::string now_as_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

bool write_report(const CertifyOptions& options, const report::Run& run,
                  const std::vector<std::uint64_t>& seeds) {
  const std::filesystem::path folder(options.report_directory);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    if (!keep_failure(folder, run.cases[i], options.target, seeds[i])) return false;
  }
  return write_file(folder / "report.json", report::to_json(run)) &&
         write_file(folder / "junit.xml", report::to_junit(run)) &&
         write_file(folder / "index.html", report::to_html(run));
}

// What a worker is started with, or a user starts again, but for the case.
std::vector<std::string> command_words(const CertifyOptions& options, std::uint64_t seed) {
  std::vector<std::string> words = arguments_of(options.target);
  words.insert(words.begin(), {"doublecheck", "certify"});
  words.insert(words.end(), {"--seed", std::to_string(seed)});
  return words;
}

// By the file that the failure leaves, or where none is written, by the case.
std::string reproduce_command(const CertifyOptions& options, const CaseResult& result,
                              std::uint64_t seed) {
  if (!options.report_directory.empty() && leaves_failure(result.verdict)) {
    return shell_line({"doublecheck", "replay",
                       failure_path(options.report_directory, result.id).string() + ".json"});
  }
  std::vector<std::string> words = command_words(options, seed);
  words.insert(words.end(), {"--case", result.id});
  return shell_line(words);
}

std::string driver_of(const CertifyOptions& options) {
  if (options.target.codec_command) return "pipes";
  return options.target.server_url || options.target.client_command ? "sockets" : "virtual time";
}

struct Named {
  std::string library;
  std::string version;
};

// What the library says it is: asked once, so that one that does not start is told at once.
Result<Named> ask_library(const CertifyOptions& options) {
  if (!options.target.client_command && !options.target.codec_command) return Named{};
  // A library under test reaches this machine and nothing else; workers inherit that.
  if (const auto entered = enter_loopback_namespace(); !entered) {
    std::cerr << "doublecheck certify: the library runs without a network of its own: "
              << entered.error().to_string() << "\n";
  }
  if (options.target.codec_command) {
    const auto codec =
        CodecProcess::start({*options.target.codec_command, options.target.remote.time_scale});
    if (!codec) return std::unexpected(codec.error());
    auto said = describe_codec(**codec);
    if (!said) return propagate(said);
    return Named{said->library, said->version};
  }
  SocketDriver driver(options.target.remote.time_scale);
  auto adapter = AdapterProcess::start(driver, *options.target.client_command);
  if (!adapter) return propagate(adapter);
  return Named{(*adapter)->name(), (*adapter)->version()};
}

report::Subject subject_of(const CertifyOptions& options, const Named& library) {
  if (options.target.server_url) {
    return {.role = "server",
            .how = *options.target.server_url,
            .name = "server at " + *options.target.server_url,
            .version = ""};
  }
  if (options.target.client_command) {
    return {.role = "client",
            .how = *options.target.client_command,
            .name = library.library,
            .version = library.version};
  }
  if (options.target.codec_command) {
    return {.role = "codec",
            .how = *options.target.codec_command,
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
Result<bool> conclude_run(const CertifyOptions& options, const report::Run& run,
                          const std::vector<std::uint64_t>& seeds) {
  if (!options.report_directory.empty()) {
    if (!write_report(options, run, seeds))
      return fail("report", "cannot write to " + options.report_directory);
    std::cout << "report: " << options.report_directory << "/index.html\n";
  }
  if (!options.baseline_file.empty()) {
    if (auto compared = print_comparison(options.baseline_file, run); !compared)
      return propagate(compared);
  }
  std::vector<const Case*> tested;
  for (const Case& one : all_cases()) {
    if (is_tested(one, options.target)) tested.push_back(&one);
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
  pool.command = command_words(options, options.seed);
  pool.command.emplace_back("--worker");
  pool.jobs = options.jobs;
  if (!options.target.server_url) return run_in_workers(pool, tasks, progress);

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

// Says what has been started, and waits until somebody has done what he wanted to do with it.
void pause_for_debugger(const Started& started) {
  if (started.process != 0) {
    std::cout << "process " << started.process << " is about to be asked by way of "
              << started.address << "\n";
  } else {
    std::cout << started.address << " is about to be asked\n";
  }
  std::cout << "press Enter to go on" << std::endl;
  std::string line;
  std::getline(std::cin, line);
}

// One case in this process, which no limit of a worker ends.
Result<std::vector<CaseResult>> run_paused(const CertifyOptions& options, const Case& one) {
  auto runner = CaseRunner::open(options.target);
  if (!runner) return propagate(runner);
  return std::vector<CaseResult>{runner->run(one, options.seed, pause_for_debugger)};
}

// Why there is nothing to run.
std::string why_no_case(const CertifyOptions& options) {
  if (!options.case_id) return "no case matches " + options.filter;
  const Case* one = find_case_or_canary(*options.case_id);
  if (one == nullptr) return no_such_case(*options.case_id);
  return fmt::format("{} is a case of a {}, and something else is tested", one->id(), one->role());
}

}  // namespace

const Case* find_case_or_canary(const std::string& id) {
  const auto bird = std::ranges::find(canaries(), id, &Case::id);
  return bird == canaries().end() ? find_case(id) : &*bird;
}

std::string no_such_case(const std::string& id) {
  std::vector<std::string> ids;
  for (const Case& one : all_cases()) ids.push_back(one.id());
  std::string near;
  for (const std::string& other : near_misses(id, ids)) near += "\n  " + other;
  return "there is no case " + id +
         (near.empty() ? "; `doublecheck certify --list` has them all" : "; perhaps:" + near);
}

int certify(const CertifyOptions& options, std::optional<Verdict>* verdict) {
  if (options.worker) return work(options);
  const std::vector<const Case*> cases = selected_cases(options);
  if (options.list) {
    for (const Case* one : cases) std::cout << fmt::format("{:<60} {}\n", one->id(), one->sentence);
  }
  if (cases.empty()) {
    std::cerr << "doublecheck certify: " << why_no_case(options) << "\n";
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
  std::vector<CaseResult> results;
  if (options.pause) {
    auto paused = run_paused(options, *cases.front());
    if (!paused) {
      std::cerr << "doublecheck certify: " << paused.error().to_string() << "\n";
      return 1;
    }
    results = std::move(*paused);
    progress.finished(results.front());
  } else {
    results =
        run_tasks(options, tasks, [&](const CaseResult& result) { progress.finished(result); });
  }
  std::vector<std::uint64_t> seeds;  // with which each case came to its result
  for (std::size_t i = 0; i < results.size(); i += options.repeat) {
    Repeated merged = merge_repetitions(std::span(results).subspan(i, options.repeat));
    run.cases.push_back(std::move(merged.result));
    seeds.push_back(options.seed + merged.repetition);
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
  for (std::size_t i = 0; i < run.cases.size(); ++i)
    run.cases[i].reproduce = reproduce_command(options, run.cases[i], seeds[i]);
  if (verdict != nullptr) *verdict = run.cases.back().verdict;
  progress.summary(run);
  const auto success = conclude_run(options, run, seeds);
  if (!success) {
    std::cerr << "doublecheck certify: " << success.error().to_string() << "\n";
    return 1;
  }
  return *success ? 0 : 1;
}

Command add_certify(CLI::App& app) {
  auto options = std::make_shared<CertifyOptions>();
  options->jobs = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  CLI::App* command = app.add_subcommand(
      "certify",
      "Run the conformance cases; without --server, --client and --codec, against the reference server, client and codec in this process.");
  command->add_option("--client", options->target.client_command,
                      "Client under test: the command of an adapter, see harness/iut/README.md");
  command
      ->add_option(
          "--codec", options->target.codec_command,
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
      ->add_option("--server", options->target.server_url,
                   "Server under test: ws://…, wss://… or tcp://…")
      ->excludes("--client")
      ->excludes("--codec");
  command->add_option(
      "--control", options->target.remote.control_url,
      "http:// address of its control contract; default: host and port of --server");
  command->add_option(
      "--trust-root", options->target.remote.trust_root,
      "Noise trust root of the server in hexadecimal; default: asked for over the control contract");
  command->add_option("--allow-remote-host", options->target.remote.allow_remote_host,
                      "Also connect to this host, which is not this machine");
  command
      ->add_option(
          "--filter", options->filter,
          "Only cases whose id matches, for example 'server/noise/*'; ':' separates patterns")
      ->capture_default_str();
  CLI::Option* one_case =
      command->add_option("--case", options->case_id, "Only the case with exactly this id")
          ->excludes("--filter")
          ->excludes("--canary");
  command
      ->add_flag("--pause", options->pause,
                 "Start what is tested, say its process id and where it will connect to, and wait "
                 "for Enter before the case begins: time for a debugger")
      ->needs(one_case);
  command->add_flag("--list", options->list, "List the cases instead of running them");
  command->add_option("--seed", options->seed, "Seed of everything random")->capture_default_str();
  command->add_option("--jobs", options->jobs, "Cases at the same time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--repeat", options->repeat, "Run each case this often, to find flaky ones")
      ->check(CLI::PositiveNumber)
      ->excludes("--pause")
      ->capture_default_str();
  command
      ->add_option("--time-scale", options->target.remote.time_scale,
                   "Multiply every deadline by this, for slow implementations")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option(
      "--report", options->report_directory,
      "Write index.html, junit.xml and report.json to this folder, and failures/ with a "
      "file and a capture for every failure");
  command->add_flag("--worker", options->worker)->group("");
  return [options] {
    if (!options->expected_file.empty())
      options->certificate.expected_file = options->expected_file;
    return certify(*options);
  };
}

}  // namespace doublecheck::harness
