#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/result.h"
#include "harness/suite/case.h"
#include "spec/requirements/rule.h"

// Violations that nobody wrote: the reference with one decision forced, or with one kind of what it
// does left out, doubled or put elsewhere. They are enumerated from what it does in the cases, so
// that nothing is forgotten because nobody thought of it.
namespace doublecheck::deviations {

enum class Change {
  kForcedOpen,  // a guard holds, whatever comes
  kForcedShut,  // a guard never holds
  kDropped,     // stanzas of a kind are not sent
  kDoubled,     // they are sent twice
  kDelayed,     // they wait until something else is sent on the connection, and follow it
  kReordered,   // they change places with what leaves in the same step
  kLeftOpen,    // connections that should be closed for a reason are not
};

struct Mutant {
  std::string role;  // "server", "client", "codec"
  Change change;
  // A requirement's id, a kind of stanza, or a kind of reason.
  std::string point;
  // Those in which the change changes something; none when no case gets as far.
  std::vector<const harness::Case*> cases;

  // "server/guard/STANZA-40/forced-open", "client/stanza/ack class=message/dropped",
  // "server/close/the peer closed/left-open"
  std::string name() const;
  // The requirement whose guard it is.
  std::optional<Rule> rule() const;
};

std::string to_string(Change change);

// The case, on the reference with this change.
report::CaseResult run_on_mutant(const harness::Case& one, const Mutant& mutant);

// Runs the cases whose ids match (harness/suite/filter.h) on the reference, looking on, and lists
// what can be changed. A case that does not pass there is left out.
std::vector<Mutant> enumerate_mutants(std::string_view cases = "*");

}  // namespace doublecheck::deviations
