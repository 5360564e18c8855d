#pragma once

#include <span>
#include <string>

#include "harness/report/result.h"

// Several runs as one page: what was tested across, cases down. It is made like the page of one run
// (html.h): one file that loads nothing, a plain table without scripts; with them, filters, and
// every verdict opens what stands behind it.
namespace doublecheck::report {

struct MatrixOptions {
  // Of requirements that bear on security, only how many cases had which verdict: what may be
  // published of another project's implementation (SECURITY.md).
  bool counts_only_for_security = false;
};

std::string to_matrix_html(std::span<const Run> runs, const MatrixOptions& options = {});

}  // namespace doublecheck::report
