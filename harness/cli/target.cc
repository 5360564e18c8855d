#include "harness/cli/target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

#include "harness/driver/virtual_driver.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/run_case.h"

namespace doublecheck::harness {
namespace {

constexpr std::string_view kInProcess = "in process";

report::CaseResult run_in_process(const Case& one, std::uint64_t seed) {
  if (one.role() == "client") return run_client_case(one, seed);
  if (one.role() == "codec") return run_codec_case(one, seed);
  VirtualDriver driver;
  InProcessServer server(driver, {}, SeededRandom(seed));
  return run_server_case(one, server, seed, one.id());
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

bool is_tested(const Case& one, const Target& target) {
  if (target.server_url) return one.role() == "server";
  if (target.client_command) return one.role() == "client";
  if (target.codec_command) return one.role() == "codec";
  return true;
}

std::vector<std::string> arguments_of(const Target& target) {
  std::vector<std::string> arguments;
  const auto option = [&](const char* name, const std::optional<std::string>& value) {
    if (value) arguments.insert(arguments.end(), {name, *value});
  };
  option("--server", target.server_url);
  option("--client", target.client_command);
  option("--codec", target.codec_command);
  option("--control", target.remote.control_url);
  option("--trust-root", target.remote.trust_root);
  option("--allow-remote-host", target.remote.allow_remote_host);
  if (target.remote.time_scale != 1.0)
    option("--time-scale", fmt::format("{}", target.remote.time_scale));
  return arguments;
}

std::string shell_line(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

void put_target(const Target& target, report::Failure& failure) {
  const auto choose = [&](std::string_view kind, const std::optional<std::string>& how) {
    if (!how) return;
    failure.target = kind;
    failure.how = *how;
  };
  failure.target = kInProcess;
  choose("server", target.server_url);
  choose("client", target.client_command);
  choose("codec", target.codec_command);
  failure.control = target.remote.control_url.value_or("");
  failure.trust_root = target.remote.trust_root.value_or("");
  failure.allow_remote_host = target.remote.allow_remote_host.value_or("");
  failure.time_scale = target.remote.time_scale;
}

Target target_of(const report::Failure& failure) {
  Target target;
  if (failure.target == "server") target.server_url = failure.how;
  if (failure.target == "client") target.client_command = failure.how;
  if (failure.target == "codec") target.codec_command = failure.how;
  target.remote.control_url = unless_empty(failure.control);
  target.remote.trust_root = unless_empty(failure.trust_root);
  target.remote.allow_remote_host = unless_empty(failure.allow_remote_host);
  target.remote.time_scale = failure.time_scale;
  return target;
}

CaseRunner::CaseRunner(const Target& target)
    : target_(target),
      label_(std::to_string(::getpid()) + "." + std::to_string(std::time(nullptr))) {}

Result<CaseRunner> CaseRunner::open(const Target& target) {
  CaseRunner runner(target);
  if (target.server_url) {
    runner.target_.remote.url = *target.server_url;
    auto opened = RemoteServer::open(runner.target_.remote);
    if (!opened) return propagate(opened);
    runner.remote_ = std::move(*opened);
  }
  return runner;
}

report::CaseResult CaseRunner::run(const Case& one, std::uint64_t seed,
                                   const WhenStarted& when_started) {
  const double time_scale = target_.remote.time_scale;
  if (target_.client_command) {
    return run_client_case(one, AdapterOptions{*target_.client_command, time_scale, when_started},
                           seed);
  }
  if (target_.codec_command)
    return run_codec_case(one, CodecOptions{*target_.codec_command, time_scale}, seed,
                          when_started);
  // What is not started by this suite is there already.
  if (when_started)
    when_started(remote_ ? Started{0, *target_.server_url}
                         : Started{::getpid(), "a link in memory"});
  if (!remote_) return run_in_process(one, seed);
  return run_server_case(one, *remote_, seed, label_ + "." + std::to_string(++number_));
}

}  // namespace doublecheck::harness
