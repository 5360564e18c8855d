#include "harness/catalogue/test_catalogue.h"

#include <utility>

namespace doublecheck::harness {

Requirement a_requirement(Rule rule, Requirement::Triage triage) {
  const bool is_reasoned =
      triage != Requirement::Triage::kCase && triage != Requirement::Triage::kContested;
  return {.rule = rule,
          .id = rule_id(rule),
          .layer = "sample",
          .level = Requirement::Level::kMust,
          .role = Requirement::Role::kServer,
          .evidence = Requirement::Evidence::kProfile,
          .triage = triage,
          .security = false,
          .text = "The server MUST do it.",
          .rationale = {},
          .source = "a test",
          .observe = "it does not",
          .note = is_reasoned ? "with the sample layer" : "",
          .contested = triage == Requirement::Triage::kContested ? "sample: yes|no" : "",
          .vectors = {}};
}

Case a_case(std::string_view name, std::vector<Rule> checks) {
  return {.layer = "sample",
          .name = name,
          .sentence = "It is done",
          .checks = std::move(checks),
          .run_against_server = [](ServerBench&) {}};
}

}  // namespace doublecheck::harness
