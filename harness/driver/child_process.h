#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "spec/base/result.h"

// What those who run parts of the suite in processes of their own share.
namespace doublecheck::harness {

// How a process ended, from the status that waitpid gives: "exited with code 1", "killed by signal:
// Killed".
std::string describe_exit(int status);

// Writes all of it, waiting where it must; false when nobody reads any more.
bool write_all(int descriptor, std::string_view text);

// A process that was started, and our ends of its pipes, which are the caller's to close.
struct ChildProcess {
  pid_t process = -1;
  int input = -1;  // to write to
  int output = -1;
  int errors = -1;
};

// Starts `command` by the shell, in a process group of its own, which ends when this process does.
// Writing to a child that has died is an error from then on and ends nobody.
Result<ChildProcess> start_child(const std::string& command);

}  // namespace doublecheck::harness
