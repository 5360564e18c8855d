#include "harness/actor/transcript.h"

#include <utility>

namespace doublecheck::harness {

void Transcript::add(std::string endpoint, std::string direction, std::string kind,
                     std::string text) {
  if (lines_.size() >= kMaxLines) {
    ++left_out_;
    return;
  }
  const std::chrono::duration<double> since_start = driver_.now().steady - start_;
  lines_.push_back({since_start.count(), std::move(endpoint), std::move(direction), std::move(kind),
                    std::move(text)});
}

std::vector<report::TranscriptLine> Transcript::take() {
  if (left_out_ > 0) {
    lines_.push_back({lines_.back().seconds, "case", "", "note",
                      std::to_string(left_out_) + " more lines were left out"});
  }
  return std::exchange(lines_, {});
}

}  // namespace doublecheck::harness
