#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/assessment.h"
#include "harness/report/result.h"
#include "harness/report/verdicts.h"

// Several runs side by side: cases down, what was tested across.
namespace doublecheck::report {

struct MatrixRow {
  const CaseResult* described;             // of the first run that has the case
  std::vector<const CaseResult*> results;  // of each run; nullptr where the case did not run
};

struct MatrixLayer {
  std::string name;
  std::vector<MatrixRow> rows;  // sorted by the id of the case
};

// Points into the runs that it was made of.
struct Matrix {
  std::vector<std::string> names;   // of each run's subject, with its version; no two are alike
  std::vector<MatrixLayer> layers;  // sorted by name
};

// Of a case that is twice in a run, the first one counts.
Matrix merge(std::span<const Run> runs);

// Whether those that ran the case came to different verdicts.
bool differs(const MatrixRow& row);

// What the other runs say of the case of column `column`. Only runs of one version of the suite are
// asked, for another one may have meant something else by the same id.
Elsewhere elsewhere(std::span<const Run> runs, const MatrixRow& row, std::size_t column);

// Whether a requirement of the case bears on security, as far as this catalogue can exclude it: one
// that it does not know may.
bool bears_on_security(const CaseResult& result);

}  // namespace doublecheck::report
