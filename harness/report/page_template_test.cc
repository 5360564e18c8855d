#include "harness/report/page_template.h"

#include <gtest/gtest.h>

namespace doublecheck::report {
namespace {

TEST(PageTemplateTest, NamesAreReplacedByTheirValues) {
  EXPECT_EQ(fill_template("<{{a}}|{{b}}|{{a}}>", {{"a", "1"}, {"b", ""}}), "<1||1>");
  EXPECT_EQ(fill_template("", {}), "");
}

TEST(PageTemplateTest, ValuesAreNotLookedAtAgain) {
  EXPECT_EQ(fill_template("{{a}}{{b}}", {{"a", "{{b}}"}, {"b", "{{a}}"}}), "{{b}}{{a}}");
  EXPECT_EQ(fill_template("{{a}}b}}", {{"a", "{{"}, {"b", "x"}}), "{{b}}");
}

TEST(PageTemplateTest, ANameWithoutAValueStays) {
  EXPECT_EQ(fill_template("a {{none}} {{b}}.", {{"b", "1"}}), "a {{none}} 1.");
}

TEST(PageTemplateTest, LoneBracesStay) {
  EXPECT_EQ(fill_template("a { b } {{ c", {}), "a { b } {{ c");
}

}  // namespace
}  // namespace doublecheck::report
