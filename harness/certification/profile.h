#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/result.h"
#include "harness/suite/case.h"

// What an implementation can be certified for. A profile is a set of cases; whoever wants it passes
// all of those that check a MUST, and cannot get around one by not offering what it needs.
namespace doublecheck::harness {

struct Profile {
  std::string_view name;                         // "messaging"
  std::string_view sentence;                     // what it is about, in words
  std::vector<std::string_view> builds_on = {};  // other profiles, whose cases belong to it as well
  std::vector<std::string_view> layers = {};     // of cases
  // Cases that move the clock count as well. Only implementations in process or with the capability
  // `advance_clock` can do that, so it is asked of the hardened alone.
  bool with_clock = false;
  // SHOULDs that concern security count as MUSTs.
  bool security_is_mandatory = false;
  // Why nobody can be certified for it yet; empty when the suite has its cases.
  std::string_view not_yet = {};
};

std::span<const Profile> profiles();
// nullptr for a name that there is none of.
const Profile* find_profile(std::string_view name);

// Whether the case belongs to the profile, itself or by what it builds on.
bool belongs_to(const Case& one, const Profile& profile);

// Whether an implementation is certified for a profile, and if not, why: one reason for each case
// that stands in the way, "server/acks/message: fail".
struct Assessment {
  std::string profile;
  bool certified = false;
  std::size_t mandatory = 0;  // cases that had to pass
  std::vector<std::string> reasons = {};
};

// `cases` are all that there are of the roles under test. A mandatory case has to be in the run and
// to have passed: one that was left out, was unsupported, inconclusive or expected to fail has not.
Assessment assess(const report::Run& run, const Profile& profile,
                  std::span<const Case* const> cases);

}  // namespace doublecheck::harness
