#include "conformance/detection/detection.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "conformance/deviations/run_in_process.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::deviations {
namespace {

using harness::Case;
using report::CaseResult;
using report::Verdict;

const std::map<Fate, std::string>& names_of_fates() {
  static const std::map<Fate, std::string> names{{Fate::kKilled, "killed"},
                                                 {Fate::kKilledByOther, "killed by another"},
                                                 {Fate::kSurvived, "survived"},
                                                 {Fate::kUnreached, "unreached"},
                                                 {Fate::kCrashed, "crashed"}};
  return names;
}

bool checks(const Case& one, Rule rule) {
  return std::ranges::find(one.checks, rule) != one.checks.end();
}

// The ids of the first few.
std::string some_of(const std::vector<const Case*>& cases) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < cases.size() && i < kShown; ++i)
    (text += i == 0 ? "" : ", ") += cases[i]->id();
  if (cases.size() > kShown) text += " and " + std::to_string(cases.size() - kShown) + " more";
  return text;
}

}  // namespace

std::string to_string(Fate fate) { return names_of_fates().at(fate); }

Detection judge(const Deviation& deviation) {
  Detection detection{.name = std::string(deviation.name),
                      .layer = std::string(requirement(deviation.violates).layer)};
  const Case* one = harness::find_case(deviation.caught_by);
  if (one == nullptr || !checks(*one, deviation.violates)) {
    detection.message = std::string(deviation.caught_by) + " does not check " +
                        std::string(rule_id(deviation.violates));
    return detection;
  }
  const CaseResult on_reference = run_on_reference(*one);
  const CaseResult result = run_on_deviation(*one, deviation);
  detection.by = one->id();
  if (on_reference.verdict != Verdict::kPass) {
    detection.message = "on the reference: " + on_reference.message;
    return detection;
  }
  detection.message = result.message;
  if (noticed(result)) detection.fate = Fate::kKilled;
  return detection;
}

Detection judge(const Mutant& mutant) {
  const std::optional<Rule> rule = mutant.rule();
  Detection detection{
      .name = mutant.name(),
      .layer = rule ? std::string(requirement(*rule).layer) : to_string(mutant.change)};
  if (mutant.cases.empty()) {
    detection.fate = Fate::kUnreached;
    return detection;
  }
  const auto is_own = [&](const Case* one) { return rule && checks(*one, *rule); };
  std::vector<const Case*> cases;
  std::ranges::copy_if(mutant.cases, std::back_inserter(cases), is_own);
  std::ranges::copy_if(mutant.cases, std::back_inserter(cases), std::not_fn(is_own));
  for (const Case* one : cases) {
    const CaseResult result = run_on_mutant(*one, mutant);
    if (!noticed(result)) continue;
    detection.by = one->id();
    detection.message = result.message;
    detection.fate = !rule || is_own(one) ? Fate::kKilled : Fate::kKilledByOther;
    return detection;
  }
  detection.message = "not noticed by " + some_of(cases);
  return detection;
}

std::string write_detection(const Detection& detection) {
  return nlohmann::json{{"name", detection.name},
                        {"layer", detection.layer},
                        {"fate", to_string(detection.fate)},
                        {"by", detection.by},
                        {"message", detection.message}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Detection> read_detection(const std::string& line) {
  try {
    const nlohmann::json json = nlohmann::json::parse(line);
    const auto& names = names_of_fates();
    const auto fate = std::ranges::find(names, json.at("fate").get<std::string>(),
                                        &std::map<Fate, std::string>::value_type::second);
    if (fate == names.end()) return std::nullopt;
    return Detection{.name = json.at("name").get<std::string>(),
                     .layer = json.at("layer").get<std::string>(),
                     .fate = fate->first,
                     .by = json.at("by").get<std::string>(),
                     .message = json.at("message").get<std::string>()};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace doublecheck::deviations
