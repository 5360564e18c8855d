#include "harness/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <string>

namespace doublecheck::harness {
namespace {

std::string numbers(const std::map<report::Verdict, std::size_t>& tally) {
  std::string text;
  for (const auto& [verdict, count] : tally) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, report::to_string(verdict));
  }
  return text;
}

}  // namespace

Progress::Progress(std::size_t total) : total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::clear_line() {
  if (terminal_) std::cerr << "\r\033[K";
}

void Progress::finished(const report::CaseResult& result) {
  ++done_;
  ++tally_[result.verdict];
  if (result.verdict != report::Verdict::kPass) {
    clear_line();
    std::cerr << fmt::format("{:<13} {}\n              {}\n", report::to_string(result.verdict),
                             result.id, result.message);
    if (!result.actual.empty())
      std::cerr << "              came: " << result.actual.substr(0, 300) << "\n";
  }
  if (terminal_) {
    clear_line();
    std::cerr << fmt::format("[{}/{}] {}  {}", done_, total_, numbers(tally_), result.id)
              << std::flush;
  }
}

void Progress::summary(const report::Run& run) {
  clear_line();
  std::cout << fmt::format("{} cases in {:.1f} s: {}\n", run.cases.size(), run.seconds,
                           numbers(report::tally(run)));
  std::cout << (report::succeeded(run) ? "nothing failed unexpectedly\n"
                                       : "NOT conforming: see the failures above\n");
}

}  // namespace doublecheck::harness
