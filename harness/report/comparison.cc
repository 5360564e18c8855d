#include "harness/report/comparison.h"

#include <map>

namespace doublecheck::report {
namespace {

std::map<std::string, Verdict> verdicts_of(const Run& run) {
  std::map<std::string, Verdict> verdicts;
  for (const CaseResult& result : run.cases) verdicts[result.id] = result.verdict;
  return verdicts;
}

}  // namespace

Comparison compare(const Run& before, const Run& now) {
  Comparison comparison;
  std::map<std::string, Verdict> old_verdicts = verdicts_of(before);
  for (const auto& [id, verdict] : verdicts_of(now)) {
    const auto old = old_verdicts.find(id);
    if (old == old_verdicts.end()) {
      comparison.added.push_back(id);
      continue;
    }
    if (is_red(verdict) && !is_red(old->second)) comparison.worse.push_back(id);
    if (!is_red(verdict) && is_red(old->second)) comparison.better.push_back(id);
    old_verdicts.erase(old);
  }
  for (const auto& [id, verdict] : old_verdicts) comparison.gone.push_back(id);
  return comparison;
}

std::string to_text(const Comparison& comparison, const Run& before, const Run& now) {
  const auto old_verdicts = verdicts_of(before);
  const auto new_verdicts = verdicts_of(now);
  const auto changed = [&](const std::string& word, const std::string& id) {
    return word + " " + id + ": " + to_string(old_verdicts.at(id)) + ", now " +
           to_string(new_verdicts.at(id)) + "\n";
  };
  std::string text;
  for (const std::string& id : comparison.worse) text += changed("worse ", id);
  for (const std::string& id : comparison.better) text += changed("better", id);
  for (const std::string& id : comparison.added)
    text += "new    " + id + ": " + to_string(new_verdicts.at(id)) + "\n";
  for (const std::string& id : comparison.gone)
    text += "gone   " + id + ": was " + to_string(old_verdicts.at(id)) + "\n";
  return text;
}

}  // namespace doublecheck::report
