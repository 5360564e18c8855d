#pragma once

#include <string_view>
#include <vector>

#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// Requirements and cases for tests, which change what they are about.
namespace doublecheck::harness {

Requirement a_requirement(Rule rule, Requirement::Triage triage = Requirement::Triage::kCase);

// A case against servers, of the layer "sample".
Case a_case(std::string_view name, std::vector<Rule> checks);

}  // namespace doublecheck::harness
