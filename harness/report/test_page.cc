#include "harness/report/test_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/page_assets.h"
#include "spec/base/bytes.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::report {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    ++found;
  return found;
}

std::string between(const std::string& text, const std::string& left, const std::string& right) {
  const std::size_t begin = text.find(left);
  if (begin == std::string::npos) return {};
  const std::size_t end = text.find(right, begin + left.size());
  return text.substr(begin + left.size(), end - begin - left.size());
}

void expect_inert(const std::string& page) {
  using testing::HasSubstr;
  using testing::Not;
  EXPECT_EQ(count(page, "<script"), 3U);  // two with data and the page's own
  EXPECT_EQ(count(page, "</script>"), 3U);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\u202e")));
  EXPECT_TRUE(is_utf8(as_bytes(page)));
  // Were a value looked at again, the style would be there more than once.
  EXPECT_EQ(count(page, ":root {"), count(kPageCss, ":root {"));
}

}  // namespace doublecheck::report
