#include "harness/report/json_structure.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace doublecheck::report {
namespace {

constexpr std::size_t kDepth = 3;

std::string why(std::string_view json) {
  const auto checked = check_json_structure(json, kDepth);
  return checked ? "" : checked.error().why;
}

TEST(JsonStructureTest, TakesJson) {
  for (const std::string_view json :
       {"null", "[]", "{}", " [1, -2.5e3, \"a\", true, {\"b\": [\"\\u00e9\"]}] "}) {
    EXPECT_EQ(why(json), "") << json;
  }
}

TEST(JsonStructureTest, SaysWhereTextIsNotJson) {
  const auto checked = check_json_structure("[1, x]", kDepth);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().why, "is not JSON");
  EXPECT_EQ(checked.error().offset, 5U);
}

TEST(JsonStructureTest, RefusesWhatIsNotJson) {
  for (const std::string_view json :
       {"", " ", "[", "[1,]", "{\"a\"}", "{a: 1}", "[1] 2", "nul", "\"\xff\"", "\"\\ud800\"",
        "\"\n\"", "[1e999]", "NaN", "// no\n1"}) {
    EXPECT_EQ(why(json), "is not JSON") << json;
  }
}

TEST(JsonStructureTest, RefusesAMemberNamedTwice) {
  EXPECT_EQ(why(R"({"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]})"), "");
  EXPECT_EQ(why(R"({"a": 1, "b": 2, "a": 1})"), "names a member of an object twice");
  EXPECT_EQ(why(R"({"a": 1, "\u0061": 1})"), "names a member of an object twice");
}

TEST(JsonStructureTest, DepthIsLimited) {
  EXPECT_EQ(why("[[[1]]]"), "");
  EXPECT_EQ(why("[[[[1]]]]"), "is nested too deep");
  EXPECT_EQ(why(R"({"a": {"a": {"a": 1}}})"), "");
  EXPECT_EQ(why(R"({"a": {"a": {"a": {}}}})"), "is nested too deep");
  EXPECT_EQ(why(std::string(100'000, '[')), "is nested too deep");
}

}  // namespace
}  // namespace doublecheck::report
