#include "spec/base/result.h"

#include <gtest/gtest.h>

namespace doublecheck {
namespace {

Result<int> halve(int number) {
  if (number % 2 != 0) return fail("half", "an odd number", 3);
  return number / 2;
}

Result<std::string> print_half(int number) {
  auto half = halve(number);
  if (!half) return propagate(half);
  return std::to_string(*half);
}

TEST(Result, HoldsAValueOrSaysWhyNot) {
  EXPECT_EQ(print_half(4), "2");
  const auto failed = print_half(5);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), (Error{"half", "an odd number", 3}));
  EXPECT_EQ(failed.error().to_string(), "half: an odd number (at byte 3)");
  EXPECT_EQ((Error{"half", "an odd number", std::nullopt}).to_string(), "half: an odd number");
}

}  // namespace
}  // namespace doublecheck
