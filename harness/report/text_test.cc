#include "harness/report/text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

#include "spec/base/bytes.h"

namespace doublecheck::report {
namespace {

using namespace std::string_view_literals;

TEST(VisibleTest, KeepsWhatCanBeSeen) {
  for (const std::string_view text :
       {""sv, "plain"sv, "two\nlines\tand a tab"sv, "Grüße, 你好, 🙂"sv, "e\u0301"sv}) {
    EXPECT_EQ(visible(text), text);
  }
}

TEST(VisibleTest, WritesControlCharactersOut) {
  EXPECT_EQ(visible("a\0b"sv), "a\\u{0}b");
  EXPECT_EQ(visible("\x1b[31m"), "\\u{1b}[31m");
  EXPECT_EQ(visible("\r\n"), "\\u{d}\n");
  EXPECT_EQ(visible("\x7f"), "\\u{7f}");
  EXPECT_EQ(visible("\u0085"), "\\u{85}");
}

TEST(VisibleTest, WritesCharactersThatDeceiveOut) {
  EXPECT_EQ(visible("a\u202eb"), "a\\u{202e}b");
  EXPECT_EQ(visible("\u2066\u2069"), "\\u{2066}\\u{2069}");
  EXPECT_EQ(visible("\u200b\u2028\ufeff\u00ad"), "\\u{200b}\\u{2028}\\u{feff}\\u{ad}");
  EXPECT_EQ(visible("\ufffe\uffff\U0001fffe\ufdd0"), "\\u{fffe}\\u{ffff}\\u{1fffe}\\u{fdd0}");
  EXPECT_EQ(visible("\U000e0041"), "\\u{e0041}");
}

TEST(VisibleTest, WritesOctetsThatAreNoTextOut) {
  EXPECT_EQ(visible("\xff"), "\\x{ff}");
  EXPECT_EQ(visible("a\xc3"), "a\\x{c3}");                                 // cut off
  EXPECT_EQ(visible("\xc0\xaf"), "\\x{c0}\\x{af}");                        // overlong
  EXPECT_EQ(visible("\xe0\x80\xaf"), "\\x{e0}\\x{80}\\x{af}");             // overlong
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\x{ed}\\x{a0}\\x{80}");             // a surrogate
  EXPECT_EQ(visible("\xf4\x90\x80\x80"), "\\x{f4}\\x{90}\\x{80}\\x{80}");  // above U+10FFFF
  EXPECT_EQ(visible("\xe2\x82x"), "\\x{e2}\\x{82}x");
}

TEST(VisibleTest, EveryPairOfOctetsBecomesPlainText) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string pair = {static_cast<char>(first), static_cast<char>(second)};
      const std::string shown = visible(pair);
      ASSERT_TRUE(is_utf8(as_bytes(shown))) << first << ' ' << second;
      ASSERT_EQ(visible(shown), shown) << first << ' ' << second;
    }
  }
}

TEST(WellFormedTest, ReplacesOnlyWhatIsNoUtf8) {
  EXPECT_EQ(well_formed("a\0€\u202e\n"sv), "a\0€\u202e\n"sv);
  EXPECT_EQ(well_formed("a\xffz\xc3"), "a\ufffdz\ufffd");
}

TEST(ClippedTest, KeepsWhatFits) {
  EXPECT_EQ(clipped("", 0), "");
  EXPECT_EQ(clipped("abc", 3), "abc");
}

TEST(ClippedTest, SaysHowMuchIsMissing) {
  EXPECT_EQ(clipped("abcd", 3), "abc… (1 more octets)");
  EXPECT_EQ(clipped("abcd", 0), "… (4 more octets)");
}

TEST(ClippedTest, NeverCutsACharacter) {
  EXPECT_EQ(clipped("a€b", 1), "a… (4 more octets)");
  EXPECT_EQ(clipped("a€b", 2), "a… (4 more octets)");
  EXPECT_EQ(clipped("a€b", 3), "a… (4 more octets)");
  EXPECT_EQ(clipped("a€b", 4), "a€… (1 more octets)");
  EXPECT_EQ(clipped("🙂", 3), "… (4 more octets)");
  EXPECT_EQ(clipped("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80\x80\x80\x80… (1 more octets)");
}

TEST(EscapeTest, MarkupBecomesText) {
  EXPECT_EQ(escape_markup("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_markup("&amp;\n\t"), "&amp;amp;\n\t");
  EXPECT_EQ(escape_markup("\x01"), "\\u{1}");
}

TEST(EscapeTest, AttributesKeepTheirWhiteSpace) {
  EXPECT_EQ(escape_attribute("a\nb\tc\"<"), "a&#10;b&#9;c&quot;&lt;");
}

TEST(DurationTextTest, ThreeDigitsAreEnough) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(0.000845), "845 µs");
  EXPECT_EQ(duration_text(0.9996e-3), "1 ms");
  EXPECT_EQ(duration_text(0.012), "12 ms");
  EXPECT_EQ(duration_text(0.9996), "1.00 s");
  EXPECT_EQ(duration_text(1.239), "1.24 s");
  EXPECT_EQ(duration_text(12.34), "12.3 s");
  EXPECT_EQ(duration_text(59.96), "1 min 0 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3'600), "1 h 0 min");
  EXPECT_EQ(duration_text(90'061), "25 h 1 min");
}

TEST(DurationTextTest, NonsenseIsShownAsSomething) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::quiet_NaN()), "0 s");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "0 s");
  EXPECT_EQ(duration_text(1e300), "1e+300 s");
}

TEST(GroupedTest, ThousandsAreSeparated) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(12'345'678), "12,345,678");
}

}  // namespace
}  // namespace doublecheck::report
