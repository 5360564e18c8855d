#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/iut/remote_server.h"
#include "harness/report/failure.h"
#include "harness/report/result.h"
#include "harness/suite/case.h"
#include "harness/suite/started.h"

// What cases are run against.
namespace doublecheck::harness {

// At most one of the three; without any, everything of the reference, in this process.
struct Target {
  std::optional<std::string> server_url;
  std::optional<std::string> client_command;
  std::optional<std::string> codec_command;
  RemoteServerOptions remote;  // but for its url; the time scale is for all
};

bool is_tested(const Case& one, const Target& target);

// The options of `certify` that say the same.
std::vector<std::string> arguments_of(const Target& target);

// As a line that a shell reads as these words.
std::string shell_line(const std::vector<std::string>& words);

// What a failure file says of it, and back.
void put_target(const Target& target, report::Failure& failure);
Target target_of(const report::Failure& failure);

// Runs cases, one after the other, in this process.
class CaseRunner {
 public:
  // Fails when a server at a URL cannot be had.
  static Result<CaseRunner> open(const Target& target);

  report::CaseResult run(const Case& one, std::uint64_t seed, const WhenStarted& when_started = {});

 private:
  explicit CaseRunner(const Target& target);

  Target target_;
  std::unique_ptr<RemoteServer> remote_;
  std::string label_;  // for accounts on a shared server, whose names must be new in every run
  std::size_t number_ = 0;
};

}  // namespace doublecheck::harness
