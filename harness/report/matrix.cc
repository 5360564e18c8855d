#include "harness/report/matrix.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/report/page_parts.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

std::vector<std::string> distinct_names(std::span<const Run> runs) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Run& run : runs) {
    const std::string name = subject_name(run);
    std::string distinct = name;
    for (int number = 2; !taken.insert(distinct).second; ++number)
      distinct = name + " (" + std::to_string(number) + ")";
    names.push_back(distinct);
  }
  return names;
}

bool ran(const CaseResult& result) {
  return result.verdict == Verdict::kPass || is_failure(result.verdict);
}

}  // namespace

Matrix merge(std::span<const Run> runs) {
  std::map<std::string, std::map<std::string, MatrixRow>> by_layer;
  for (std::size_t column = 0; column < runs.size(); ++column) {
    for (const CaseResult& result : runs[column].cases) {
      MatrixRow& row = by_layer[result.layer][result.id];
      if (row.results.empty())
        row = {&result, std::vector<const CaseResult*>(runs.size(), nullptr)};
      if (row.results[column] == nullptr) row.results[column] = &result;
    }
  }
  Matrix matrix{distinct_names(runs), {}};
  for (auto& [name, rows] : by_layer) {
    MatrixLayer& layer = matrix.layers.emplace_back(name);
    for (auto& [id, row] : rows) layer.rows.push_back(std::move(row));
  }
  return matrix;
}

bool differs(const MatrixRow& row) {
  std::set<Verdict> verdicts;
  for (const CaseResult* result : row.results) {
    if (result != nullptr) verdicts.insert(result->verdict);
  }
  return verdicts.size() > 1;
}

Elsewhere elsewhere(std::span<const Run> runs, const MatrixRow& row, std::size_t column) {
  Elsewhere known = known_from(runs[column], *row.results[column]);
  for (std::size_t other = 0; other < runs.size(); ++other) {
    const CaseResult* result = row.results[other];
    if (other == column || result == nullptr || !ran(*result) ||
        runs[other].suite_version != runs[column].suite_version) {
      continue;
    }
    if (is_reference(runs[other])) {
      known.reference = result->verdict;
    } else {
      ++known.others;
      if (is_failure(result->verdict)) ++known.others_failed;
    }
  }
  return known;
}

bool bears_on_security(const CaseResult& result) {
  return std::ranges::any_of(result.requirements, [](const std::string& id) {
    const auto rule = rule_from_id(id);
    return !rule || requirement(*rule).security;
  });
}

}  // namespace doublecheck::report
