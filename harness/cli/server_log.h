#pragma once

#include <functional>
#include <map>
#include <string>

#include "spec/trace/record.h"

// The trace of a server as lines that a person reads while it happens: who connected, paired,
// logged in and sent what; with `verbose`, every stanza.
namespace doublecheck::harness {

class ServerLog final : public trace::Recorder {
 public:
  ServerLog(bool verbose, std::function<void(const std::string&)> print)
      : verbose_(verbose), print_(std::move(print)) {}

  void record(trace::Record record) override;

 private:
  void line(trace::ConnectionId connection, const std::string& text);
  void stanza(trace::ConnectionId connection, trace::Direction direction, Bytes plaintext);

  bool verbose_;
  std::function<void(const std::string&)> print_;
  std::map<trace::ConnectionId, std::string> who_;  // as far as the stanzas have told
};

}  // namespace doublecheck::harness
