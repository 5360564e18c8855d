#pragma once

#include <memory>
#include <string>

#include "harness/iut/codec_under_test.h"

// A codec in a process. Whatever the process does, crash, hang, write garbage or a gigabyte, is an
// answer that does not come: it ends this codec, never the suite.
namespace doublecheck::harness {

struct CodecOptions {
  std::string command;
  double time_scale = 1.0;  // of the time that an answer may take
};

class CodecProcess final : public CodecUnderTest {
 public:
  // Starts the command by the shell, in a process group of its own.
  static Result<std::unique_ptr<CodecProcess>> start(const CodecOptions& options);
  // Ends the process and everything that it has started.
  ~CodecProcess() override;

  // Of the process while it runs.
  int process_id() const;

  // Once the process has failed to answer, every further request gets the same error.
  Result<Bytes> answer(ByteView request) override;

 private:
  class Implementation;
  explicit CodecProcess(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace doublecheck::harness
