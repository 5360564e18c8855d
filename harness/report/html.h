#pragma once

#include <string>

#include "harness/report/result.h"

// index.html: a run for people. One file that needs no other and opens from a disk: style, script
// and data are inside, and its content security policy lets nothing else run or load. Without a
// script it shows the summary and the table of cases; with one, cases can be filtered and opened.
namespace doublecheck::report {

std::string to_html(const Run& run);

}  // namespace doublecheck::report
