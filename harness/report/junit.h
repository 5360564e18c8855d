#pragma once

#include <string>

#include "harness/report/result.h"

// junit.xml, as the readers of GitLab, Jenkins and GitHub expect it: a test suite per layer, a test
// case per case. README.md says how a verdict appears.
//
// The file is red exactly when the run is not a success: when nothing of a run was checked, it has
// an error that says so, for readers take a file without tests for a good one.
namespace doublecheck::report {

std::string to_junit(const Run& run);

}  // namespace doublecheck::report
