#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "spec/requirements/rule.h"

// The normative catalogue as a table, generated from spec/requirements/*.textproto.
// requirement.proto documents what the fields mean; rule.h (generated as well) has the enumeration
// `Rule`, with one enumerator per requirement.
namespace doublecheck {

struct Requirement {
  enum class Level : std::uint8_t { kMust, kMustNot, kShould, kShouldNot, kMay };
  enum class Role : std::uint8_t { kClient, kServer, kBoth, kCodec };
  enum class Evidence : std::uint8_t { kPublished, kObservedMany, kObservedOne, kProfile };
  enum class Triage : std::uint8_t { kCase, kPlanned, kUntestable, kOutOfScope, kContested };

  Rule rule;
  std::string_view id;     // "FRAME-03"
  std::string_view layer;  // "transport"
  Level level;
  Role role;
  Evidence evidence;
  Triage triage;
  bool security;
  std::string_view text;
  std::string_view rationale;  // may be empty
  std::string_view source;
  std::string_view observe;
  std::string_view note;       // why there is no case; empty when kCase or kContested
  std::string_view contested;  // "switch-name: choice|choice"; empty unless kContested
  std::string_view vectors;    // files of corpus/vectors that bear on it: "frames.json nodes.json"
};

// Every requirement, in the order of Rule: requirements()[i].rule == Rule(i).
std::span<const Requirement> requirements();

// A value that is not an enumerator is a programming error.
const Requirement& requirement(Rule rule);

// As a reader expects them: "MUST NOT", "client", "observed-many", "out of scope".
std::string_view to_string(Requirement::Level level);
std::string_view to_string(Requirement::Role role);
std::string_view to_string(Requirement::Evidence evidence);
std::string_view to_string(Requirement::Triage triage);

// A violation of a MUST or MUST NOT fails; of anything weaker it warns.
constexpr bool is_mandatory(Requirement::Level level) {
  return level == Requirement::Level::kMust || level == Requirement::Level::kMustNot;
}

}  // namespace doublecheck
