#pragma once

#include <cstddef>
#include <map>

#include "harness/report/result.h"

// What a person sees while cases run: one line that counts up on a terminal, and a line for
// everything that is not a pass; at the end the numbers.
namespace doublecheck::harness {

class Progress {
 public:
  explicit Progress(std::size_t total);

  void finished(const report::CaseResult& result);
  void summary(const report::Run& run);

 private:
  void clear_line();

  std::size_t total_;
  std::size_t done_ = 0;
  bool terminal_;
  std::map<report::Verdict, std::size_t> tally_;
};

}  // namespace doublecheck::harness
