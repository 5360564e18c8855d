#pragma once

#include <functional>
#include <string>

#include "spec/trace/record.h"

namespace doublecheck::harness::sim {

// A trace as lines that a person reads: when, at which endpoint, and what happened there. Bytes are
// left out, stanzas are shown once, where they are sent, and where they are received.
class Timeline final : public trace::Recorder {
 public:
  explicit Timeline(std::function<void(const std::string&)> print) : print_(std::move(print)) {}

  void record(trace::Record record) override;

 private:
  std::function<void(const std::string&)> print_;
};

}  // namespace doublecheck::harness::sim
