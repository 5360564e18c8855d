#include "harness/catalogue/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/certification/profile.h"
#include "harness/suite/case.h"
#include "spec/requirements/requirement.h"

// Requirements and cases agree: whatever must be checked is, or its requirement says why not.
namespace doublecheck::harness {
namespace {

TEST(Coverage, HasNoGaps) {
  for (const std::string& gap : gaps(requirements(), all_cases())) ADD_FAILURE() << gap;
}

// No requirement would need a case if there were none.
TEST(Coverage, IsThatOfAllCases) {
  EXPECT_GT(all_cases().size(), 500);
  EXPECT_GT(requirements().size(), 900);
}

// A layer that no profile names would count for nobody.
TEST(Coverage, EveryCaseBelongsToAProfile) {
  for (const Case& one : all_cases()) {
    EXPECT_TRUE(std::ranges::any_of(profiles(), [&](const Profile& profile) {
      return belongs_to(one, profile);
    })) << one.id();
  }
}

}  // namespace
}  // namespace doublecheck::harness
