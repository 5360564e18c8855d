#pragma once

#include <string>
#include <string_view>

// What those who run parts of the suite in processes of their own share.
namespace doublecheck::harness {

// How a process ended, from the status that waitpid gives: "exited with code 1", "killed by signal:
// Killed".
std::string describe_exit(int status);

// Writes all of it, waiting where it must; false when nobody reads any more.
bool write_all(int descriptor, std::string_view text);

}  // namespace doublecheck::harness
