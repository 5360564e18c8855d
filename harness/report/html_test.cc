#include "harness/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>

#include "harness/report/page_assets.h"
#include "harness/report/sample_run.h"
#include "harness/report/test_page.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/text_encoding.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string outcome(const Run& run) { return between(to_html(run), "<p class=\"outcome ", "</p>"); }

TEST(HtmlTest, SaysWhetherTheRunSucceeded) {
  EXPECT_EQ(outcome(passed_run()),
            "green\"><strong>Passed</strong> 1 case ran, and nothing failed unexpectedly.");
  EXPECT_EQ(
      outcome(sample_run()),
      "red\"><strong>Failed</strong> 1 failed, 1 flaky, 1 inconclusive, 1 passed unexpectedly; 8 cases in all.");
}

TEST(HtmlTest, ARunThatCheckedNothingIsRed) {
  report::Run run = sample_run();
  run.cases.clear();
  EXPECT_EQ(outcome(run), "red\"><strong>Nothing was checked</strong> No case was selected.");
  run.cases = {sample_case(Verdict::kUnsupported)};
  EXPECT_EQ(outcome(run),
            "red\"><strong>Nothing was checked</strong> All selected cases are unsupported.");
}

TEST(HtmlTest, SaysWhatWasTestedAndHow) {
  const std::string page = to_html(sample_run());
  EXPECT_EQ(between(page, "<h1>", "</h1>"), "Reference server 1.2.3");
  EXPECT_EQ(between(page, "<title>", "</title>"), "Failed: Reference server 1.2.3 – Doublecheck");
  EXPECT_THAT(page, AllOf(HasSubstr("<dt>Seed</dt><dd>18446744073709551615</dd>"),
                          HasSubstr("<dt>Driver</dt><dd>virtual time</dd>"),
                          HasSubstr("<dt>Started</dt><dd>2025-11-25 16:37:05 UTC</dd>"),
                          HasSubstr("<dt>Took</dt><dd>1.50 s</dd>"),
                          HasSubstr("<dt>Reached</dt><dd>in process</dd>")));
}

TEST(HtmlTest, ReadersWithoutScriptsSeeEveryCase) {
  const std::string page = to_html(sample_run());
  EXPECT_EQ(count(page, "<tr id="), kVerdicts.size());
  for (const Verdict verdict : kVerdicts) {
    const std::string name = to_string(verdict);
    const std::string row =
        between(page, "<tr id=\"server/keepalive/ping_is_answered_" + name + "\"", "</tr>");
    EXPECT_THAT(row, AllOf(HasSubstr("<span class=\"chip " + name + "\">"),
                           HasSubstr("A ping is answered once."),
                           HasSubstr("no answer within 10 s"), HasSubstr("<code>FRAME-03</code>")));
    EXPECT_THAT(page, HasSubstr("data-verdict=\"" + name + "\"><b>1</b>"));
    EXPECT_THAT(page, HasSubstr("data-verdicts=\"" + name + "\">"));
  }
}

TEST(HtmlTest, ARowHasTheLevelOfItsFirstRequirement) {
  report::Run run = passed_run();
  run.cases[0].requirements = {"FRAME-03", "KEEP-01"};
  const std::string level(to_string(requirement(Rule::FRAME_03).level));
  EXPECT_THAT(to_html(run), HasSubstr("data-level=\"" + level + "\""));
  run.cases[0].requirements = {"NONE-99"};
  EXPECT_THAT(to_html(run), HasSubstr("data-level=\"\""));
}

TEST(HtmlTest, ALayerIsASection) {
  report::Run run = sample_run();
  run.cases = {sample_case(Verdict::kPass), sample_case(Verdict::kFail),
               sample_case(Verdict::kPass)};
  run.cases[1].layer = "frames";
  const std::string page = to_html(run);
  EXPECT_EQ(count(page, "<section class=\"layer\""), 2U);
  EXPECT_EQ(count(between(page, "id=\"layer-keepalive\"", "</section>"), "<tr id="), 2U);
  EXPECT_EQ(count(between(page, "id=\"layer-frames\"", "</section>"), "<tr id="), 1U);
}

TEST(HtmlTest, WhatNeedsAttentionComesFirstAndIsLimited) {
  EXPECT_THAT(to_html(passed_run()), Not(HasSubstr("<section class=\"attention\"")));
  constexpr std::size_t kListed = 12;
  for (const std::size_t surplus : {0U, 1U}) {
    report::Run run = sample_run();
    run.cases.assign(kListed + surplus, sample_case(Verdict::kFail));
    const std::string list = between(to_html(run), "<section class=\"attention\">", "</section>");
    EXPECT_EQ(count(list, "<li>"), kListed);
    EXPECT_EQ(count(list, "and 1 more"), surplus);
  }
}

TEST(HtmlTest, ALongTextIsCutInItsRow) {
  constexpr std::size_t kShown = 300;
  report::Run run = passed_run();
  run.cases[0].message = std::string(kShown, 'm');
  EXPECT_THAT(between(to_html(run), "<tr id=", "</tr>"), Not(HasSubstr("more octets")));
  run.cases[0].message += "m";
  EXPECT_THAT(between(to_html(run), "<tr id=", "</tr>"), HasSubstr("m… (1 more octets)"));
}

TEST(HtmlTest, NothingIsLoadedAndOnlyThePagesOwnScriptRuns) {
  const std::string page = to_html(sample_run());
  const std::string policy =
      between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  EXPECT_EQ(policy.find("default-src 'none'; "), 0U);
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  const std::string script = between(page, "<script>", "</script>");
  const std::string style = between(page, "<style>", "</style>");
  EXPECT_EQ(script, kPageJs);
  EXPECT_EQ(style, kPageCss);
  EXPECT_THAT(policy, HasSubstr("script-src 'sha256-" + to_base64(sha256(as_bytes(script))) + "'"));
  EXPECT_THAT(policy, HasSubstr("style-src 'sha256-" + to_base64(sha256(as_bytes(style))) + "'"));
  EXPECT_THAT(page,
              AllOf(Not(HasSubstr(" src=")), Not(HasSubstr("@import")), Not(HasSubstr("url("))));
  EXPECT_FALSE(std::regex_search(page, std::regex("href=\"(?!#|data:)")));
}

TEST(HtmlTest, TheEmbeddedFilesAreThoseOfTheFolder) {
  const auto read = [](const std::string& name) {
    std::ifstream file(std::string(DC_SOURCE_DIR) + "/harness/report/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(read("page.html"), kPageHtml);
  EXPECT_EQ(read("page.css"), kPageCss);
  EXPECT_EQ(read("page.js"), kPageJs);
}

TEST(HtmlTest, TheScriptNeverMakesMarkupOfText) {
  for (const char* means :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "setHTML", "eval(",
        "Function(", "createContextualFragment", "DOMParser"}) {
    EXPECT_THAT(std::string(kPageJs), Not(HasSubstr(means)));
  }
}

TEST(HtmlTest, HostileTextStaysText) {
  const std::string page = to_html(hostile_run());
  expect_inert(page);
  EXPECT_EQ(count(page, "<tr id="), kVerdicts.size());
}

TEST(HtmlTest, EveryNameInTheTemplateHasAValue) {
  ASSERT_THAT(std::string(kPageHtml), HasSubstr("{{headline}}"));
  EXPECT_THAT(to_html(sample_run()), Not(HasSubstr("{{")));
}

}  // namespace
}  // namespace doublecheck::report
