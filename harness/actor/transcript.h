#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/driver/driver.h"
#include "harness/report/result.h"

// What a case saw and did, in order, for the report of its failure.
namespace doublecheck::harness {

class Transcript {
 public:
  // Lines beyond this are counted and left out, so that a flood does not fill memory.
  static constexpr std::size_t kMaxLines = 2'000;

  explicit Transcript(const Driver& driver) : driver_(driver), start_(driver.now().steady) {}

  // The case starts now: what its lines' times are counted from.
  void begin() { start_ = driver_.now().steady; }

  void add(std::string endpoint, std::string direction, std::string kind, std::string text);
  void note(std::string text) { add("case", "", "note", std::move(text)); }

  std::vector<report::TranscriptLine> take();

 private:
  const Driver& driver_;
  Instant start_;
  std::vector<report::TranscriptLine> lines_;
  std::size_t left_out_ = 0;
};

}  // namespace doublecheck::harness
