#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/coverage.h"

// Which requirements somebody wants to see.
namespace doublecheck::harness {

// Every field narrows the selection unless it is empty. Enumerators are written as a user types
// them, "must-not" or "out-of-scope"; a name that none of them has selects nothing.
struct Selection {
  std::string id = {};
  std::string layer = {};
  std::string role = {};
  std::string level = {};
  std::string evidence = {};
  std::string status = {};
  std::string search = {};  // in what it says, whatever the case of letters
  bool security = false;    // only these

  bool selects(const Coverage& one) const;
};

std::vector<Coverage> select(std::vector<Coverage> all, const Selection& selection);

// The names of enumerators, in their order.
std::vector<std::string> role_names();
std::vector<std::string> level_names();
std::vector<std::string> evidence_names();
std::vector<std::string> status_names();
// The layers of the catalogue, in its order.
std::vector<std::string> layer_names();

// As a user types what a reader sees: "must-not" for "MUST NOT".
std::string typed(std::string_view shown);

}  // namespace doublecheck::harness
