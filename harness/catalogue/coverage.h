#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// What the suite does about each requirement: computed from the catalogue and the registered cases,
// never written down.
namespace doublecheck::harness {

enum class Status : std::uint8_t {
  kTested,   // at least one case checks it, or vectors do and it speaks of a codec
  kPlanned,  // the four others are the requirement's triage
  kUntestable,
  kOutOfScope,
  kContested,
  kUntested,  // neither a case nor a reason: see `gaps`
};

inline constexpr auto kStatuses =
    std::to_array({Status::kTested, Status::kPlanned, Status::kUntestable, Status::kOutOfScope,
                   Status::kContested, Status::kUntested});

// As a reader expects them: "out of scope".
std::string_view to_string(Status status);

struct Coverage {
  const Requirement* requirement;  // never null
  Status status;
  std::vector<std::string> cases;  // the ids of those that check it, sorted
};

// One for each requirement, in their order, which must not go before the result does.
std::vector<Coverage> coverage_of(std::span<const Requirement> requirements,
                                  std::span<const Case> cases);

// Where cases and requirements do not agree, a sentence for each place. There may be none:
// a requirement has a case unless it says why not, and a case checks requirements that are to be
// checked. (That a requirement is triaged at all is a condition of the build.)
std::vector<std::string> gaps(std::span<const Requirement> requirements,
                              std::span<const Case> cases);

}  // namespace doublecheck::harness
