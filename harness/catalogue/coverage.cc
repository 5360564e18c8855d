#include "harness/catalogue/coverage.h"

#include <algorithm>
#include <map>
#include <set>

namespace doublecheck::harness {
namespace {

using Triage = Requirement::Triage;

std::map<Rule, std::set<std::string>> cases_by_rule(std::span<const Case> cases) {
  std::map<Rule, std::set<std::string>> by_rule;
  for (const Case& one : cases) {
    for (const Rule rule : one.checks) by_rule[rule].insert(one.id());
  }
  return by_rule;
}

// A codec is a function of bytes, which its vectors check as well as a case does.
bool has_vectors(const Requirement& requirement) {
  return requirement.role == Requirement::Role::kCodec && !requirement.vectors.empty();
}

Status status_of(const Requirement& requirement, bool has_case) {
  switch (requirement.triage) {
    case Triage::kCase:
      return has_case || has_vectors(requirement) ? Status::kTested : Status::kUntested;
    case Triage::kPlanned:
      return Status::kPlanned;
    case Triage::kUntestable:
      return Status::kUntestable;
    case Triage::kOutOfScope:
      return Status::kOutOfScope;
    case Triage::kContested:
      return Status::kContested;
  }
  return Status::kUntested;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::kTested:
      return "tested";
    case Status::kPlanned:
      return "planned";
    case Status::kUntestable:
      return "untestable";
    case Status::kOutOfScope:
      return "out of scope";
    case Status::kContested:
      return "contested";
    case Status::kUntested:
      return "untested";
  }
  return {};
}

std::vector<Coverage> coverage_of(std::span<const Requirement> requirements,
                                  std::span<const Case> cases) {
  const auto by_rule = cases_by_rule(cases);
  std::vector<Coverage> all;
  all.reserve(requirements.size());
  for (const Requirement& requirement : requirements) {
    const auto found = by_rule.find(requirement.rule);
    const bool has_case = found != by_rule.end();
    Coverage one{
        .requirement = &requirement, .status = status_of(requirement, has_case), .cases = {}};
    if (has_case) one.cases.assign(found->second.begin(), found->second.end());
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> gaps(std::span<const Requirement> requirements,
                              std::span<const Case> cases) {
  std::vector<std::string> found;
  for (const Case& one : cases) {
    if (one.checks.empty()) found.push_back(one.id() + " checks no requirement");
    for (const Rule rule : one.checks) {
      if (std::ranges::find(requirements, rule, &Requirement::rule) == requirements.end())
        found.push_back(one.id() + " checks a requirement that is not in the catalogue");
    }
  }
  for (const Coverage& one : coverage_of(requirements, cases)) {
    const Requirement& requirement = *one.requirement;
    const std::string id(requirement.id);
    if (one.status == Status::kUntested) {
      found.push_back(
          id + " has the triage CASE and " +
          (requirement.role == Requirement::Role::kCodec ? "neither case nor vectors" : "no case"));
    }
    if (one.status == Status::kContested && is_mandatory(requirement.level) && one.cases.empty())
      found.push_back(id + " is a contested " + std::string(to_string(requirement.level)) +
                      " and has no case");
    const bool has_a_reason = one.status == Status::kPlanned || one.status == Status::kUntestable ||
                              one.status == Status::kOutOfScope;
    if (has_a_reason && !one.cases.empty()) {
      found.push_back(id + " is " + std::string(to_string(one.status)) + " and checked by " +
                      joined(one.cases) + ": its triage is CASE");
    }
  }
  return found;
}

}  // namespace doublecheck::harness
