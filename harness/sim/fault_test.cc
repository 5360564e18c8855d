#include "harness/sim/fault.h"

#include <gtest/gtest.h>

#include <set>

namespace doublecheck::harness::sim {
namespace {

TEST(FaultPlan, is_drawn_from_the_seed_and_leaves_kinds_out) {
  SeededRandom one(1);
  SeededRandom same(1);
  EXPECT_EQ(FaultPlan::draw(one).chances, FaultPlan::draw(same).chances);
  FaultCounts present{};
  constexpr std::uint64_t kPlans = 100;
  for (std::uint64_t seed = 0; seed < kPlans; ++seed) {
    SeededRandom random(seed);
    const FaultPlan plan = FaultPlan::draw(random);
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
      EXPECT_LE(plan.chances[i], FaultPlan::kCertain);
      if (plan.chances[i] > 0) ++present[i];
    }
  }
  for (const std::uint64_t plans : present) {
    EXPECT_GT(plans, 25U);
    EXPECT_LT(plans, 75U);
  }
}

TEST(FaultInjector, strikes_as_often_as_planned_and_counts) {
  FaultPlan plan;
  plan.chance(Fault::kCut) = FaultPlan::kCertain / 4;
  FaultInjector faults(plan);
  SeededRandom random(1);
  EXPECT_FALSE(faults.strikes(Fault::kCut, random));  // not enabled yet
  faults.enable(true);
  std::uint64_t struck = 0;
  for (int i = 0; i < 1000; ++i) {
    if (faults.strikes(Fault::kCut, random)) ++struck;
    EXPECT_FALSE(faults.strikes(Fault::kCrash, random));
  }
  EXPECT_GT(struck, 200U);
  EXPECT_LT(struck, 300U);
  EXPECT_EQ(faults.counts()[static_cast<std::size_t>(Fault::kCut)], struck);
}

TEST(Fault, every_kind_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFaultKinds; ++i) names.insert(name(static_cast<Fault>(i)));
  EXPECT_EQ(names.size(), kFaultKinds);
}

}  // namespace
}  // namespace doublecheck::harness::sim
