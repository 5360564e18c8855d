#include "harness/report/junit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/report/sample_run.h"
#include "harness/report/text.h"

namespace doublecheck::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string junit_of(Verdict verdict) {
  report::Run run = sample_run();
  run.cases = {sample_case(verdict)};
  return to_junit(run);
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    ++found;
  return found;
}

// The first start tag of this name, or nothing.
std::string start_tag(std::string_view xml, std::string_view name) {
  const std::size_t begin = xml.find("<" + std::string(name) + " ");
  if (begin == std::string_view::npos) return {};
  return std::string(xml.substr(begin, xml.find('>', begin) - begin + 1));
}

TEST(JunitTest, APassHasNoElementOfItsOwn) {
  EXPECT_THAT(junit_of(Verdict::kPass),
              AllOf(Not(HasSubstr("<failure")), Not(HasSubstr("<error")),
                    Not(HasSubstr("<skipped")), HasSubstr("value=\"pass\"")));
}

TEST(JunitTest, EachVerdictHasItsElement) {
  EXPECT_EQ(start_tag(junit_of(Verdict::kFail), "failure"),
            "<failure message=\"fail: no answer within 10 s (expected: "
            "reported upstream)\" type=\"fail\">");
  EXPECT_THAT(start_tag(junit_of(Verdict::kFlaky), "failure"), HasSubstr("type=\"flaky\""));
  EXPECT_THAT(start_tag(junit_of(Verdict::kUnexpectedPass), "failure"),
              HasSubstr("type=\"unexpected-pass\""));
  EXPECT_THAT(start_tag(junit_of(Verdict::kInconclusive), "error"),
              HasSubstr("type=\"inconclusive\""));
  EXPECT_THAT(start_tag(junit_of(Verdict::kUnsupported), "skipped"),
              HasSubstr("message=\"unsupported: no answer"));
  EXPECT_THAT(start_tag(junit_of(Verdict::kWarn), "skipped"),
              HasSubstr("message=\"warn: no answer"));
  EXPECT_THAT(
      start_tag(junit_of(Verdict::kExpectedFail), "skipped"),
      AllOf(HasSubstr("message=\"expected-fail: no answer"), HasSubstr("reported upstream")));
}

TEST(JunitTest, IsRedExactlyWhenTheVerdictIs) {
  for (const Verdict verdict : kVerdicts) {
    // A passed case beside it, so that something was checked.
    report::Run run = sample_run();
    run.cases = {sample_case(Verdict::kPass), sample_case(verdict)};
    const std::string xml = to_junit(run);
    EXPECT_EQ(count(xml, "<failure") + count(xml, "<error"), is_red(verdict) ? 1U : 0U)
        << to_string(verdict);
  }
}

TEST(JunitTest, ARunThatCheckedNothingIsRed) {
  report::Run run = sample_run();
  run.cases.clear();
  EXPECT_THAT(to_junit(run), AllOf(HasSubstr("errors=\"1\""), HasSubstr("no case was selected")));
  run.cases = {sample_case(Verdict::kUnsupported)};
  EXPECT_THAT(to_junit(run), AllOf(HasSubstr("errors=\"1\""), HasSubstr("skipped=\"1\"")));
  EXPECT_THAT(to_junit(passed_run()),
              AllOf(HasSubstr("errors=\"0\""), Not(HasSubstr("something_is_checked"))));
}

TEST(JunitTest, CountsAreThoseOfTheElements) {
  const std::string xml = to_junit(sample_run());
  EXPECT_EQ(
      start_tag(xml, "testsuites"),
      "<testsuites name=\"doublecheck\" tests=\"8\" failures=\"3\" errors=\"1\" skipped=\"3\" time=\"1.000\" "
      "timestamp=\"2025-11-25T16:37:05Z\">");
  EXPECT_EQ(count(xml, "<testcase "), 8U);
  EXPECT_EQ(count(xml, "<failure "), 3U);
  EXPECT_EQ(count(xml, "<error "), 1U);
  EXPECT_EQ(count(xml, "<skipped "), 3U);
}

TEST(JunitTest, ALayerIsASuite) {
  report::Run run = sample_run();
  run.cases = {sample_case(Verdict::kPass), sample_case(Verdict::kFail),
               sample_case(Verdict::kPass)};
  run.cases[1].layer = "frames";
  const std::string xml = to_junit(run);
  EXPECT_EQ(count(xml, "<testsuite "), 2U);
  EXPECT_THAT(xml, AllOf(HasSubstr("<testsuite name=\"keepalive\" tests=\"2\" failures=\"0\""),
                         HasSubstr("<testsuite name=\"frames\" tests=\"1\" failures=\"1\"")));
}

TEST(JunitTest, AnIdIsAClassAndAName) {
  EXPECT_THAT(
      junit_of(Verdict::kPass),
      HasSubstr(
          "<testcase classname=\"server.keepalive\" name=\"ping_is_answered_pass\" time=\"0.125\">"));
  report::Run run = passed_run();
  run.cases[0].id = "alone";
  EXPECT_THAT(to_junit(run), HasSubstr("<testcase classname=\"doublecheck\" name=\"alone\""));
}

TEST(JunitTest, NamesRequirementsAndSubject) {
  EXPECT_THAT(junit_of(Verdict::kPass),
              AllOf(HasSubstr("<property name=\"requirement\" value=\"KEEP-01\"/>"),
                    HasSubstr("<property name=\"requirement\" value=\"FRAME-03\"/>"),
                    HasSubstr("<property name=\"subject\" value=\"Reference server\"/>"),
                    HasSubstr("<property name=\"seed\" value=\"18446744073709551615\"/>")));
}

TEST(JunitTest, AFailureTellsTheStory) {
  EXPECT_THAT(junit_of(Verdict::kFail),
              AllOf(HasSubstr("A ping is answered once."), HasSubstr("FRAME-03: "),
                    HasSubstr("Expected:\n&lt;iq"), HasSubstr("Actual:\nnothing"),
                    HasSubstr("0.250000 alice -&gt; stanza: &lt;iq id="),
                    HasSubstr("Reproduce:\ndoublecheck certify")));
}

TEST(JunitTest, ShowsTheLastLinesOfALongTranscript) {
  constexpr std::size_t kShown = 40;
  for (const std::size_t surplus : {0U, 1U}) {
    CaseResult result = sample_case(Verdict::kFail);
    result.transcript.assign(kShown + surplus, {1, "alice", "sent", "stanza", "<a/>"});
    report::Run run = sample_run();
    run.cases = {result};
    const std::string xml = to_junit(run);
    EXPECT_EQ(count(xml, "stanza: &lt;a/&gt;"), kShown);
    EXPECT_EQ(count(xml, "(1 earlier lines)"), surplus);
  }
}

TEST(JunitTest, LongTextsAreCut) {
  constexpr std::size_t kShown = 4'096;
  CaseResult result = sample_case(Verdict::kFail);
  result.actual = std::string(kShown, 'a');
  report::Run run = sample_run();
  run.cases = {result};
  EXPECT_THAT(to_junit(run), Not(HasSubstr("more octets")));
  run.cases[0].actual += "a";
  EXPECT_THAT(to_junit(run), HasSubstr("a… (1 more octets)"));
}

TEST(JunitTest, HostileTextStaysText) {
  const std::string xml = to_junit(hostile_run());
  EXPECT_EQ(count(xml, "<testcase "), kVerdicts.size());
  EXPECT_THAT(xml, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<img")), Not(HasSubstr("<!--")),
                         Not(HasSubstr("]]>"))));
  // Nothing that XML 1.0 forbids is left: making it visible changes nothing.
  EXPECT_EQ(visible(xml), xml);
}

}  // namespace
}  // namespace doublecheck::report
