#include "harness/report/matrix_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "harness/report/page_assets.h"
#include "harness/report/sample_run.h"
#include "harness/report/test_page.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two implementations: one has every verdict, the other passes one case.
std::vector<Run> two_runs() {
  std::vector<report::Run> runs = {sample_run(), passed_run()};
  runs[1].subject = {"server", "ws://127.0.0.1:1/ws/chat", "Another server", "2"};
  return runs;
}

TEST(MatrixHtmlTest, ReadersWithoutScriptsSeeEveryVerdict) {
  const std::string page = to_matrix_html(two_runs());
  EXPECT_EQ(between(page, "<h1>", "</h1>"), "2 implementations");
  EXPECT_EQ(between(page, "<p class=\"outcome\">", "</p>"), "8 cases. Verdicts differ in 0.");
  EXPECT_EQ(count(page, "<tr id="), kVerdicts.size());
  EXPECT_THAT(page, HasSubstr("<th scope=\"col\">Reference server 1.2.3</th>"
                              "<th scope=\"col\">Another server 2</th>"));
  const std::string failed =
      between(page, "<tr id=\"server/keepalive/ping_is_answered_fail\"", "</tr>");
  EXPECT_THAT(failed, HasSubstr("data-verdicts=\"fail -\">"));
  EXPECT_THAT(failed, HasSubstr("<span class=\"chip fail\">fail</span>"));
  EXPECT_THAT(failed, HasSubstr("<td class=\"absent\">· not run</td>"));
  EXPECT_THAT(between(page, "<tr id=\"server/keepalive/ping_is_answered_pass\"", "</tr>"),
              HasSubstr("data-verdicts=\"pass pass\">"));
}

TEST(MatrixHtmlTest, ALinkNamesCaseAndImplementation) {
  EXPECT_THAT(
      to_matrix_html(two_runs()),
      HasSubstr("<a id=\"server/keepalive/ping_is_answered_pass at Another server 2\" "
                "data-index=\"5\" "
                "href=\"#server/keepalive/ping_is_answered_pass%20at%20Another%20server%202\""));
}

TEST(MatrixHtmlTest, ACountIsAFilter) {
  EXPECT_THAT(to_matrix_html(two_runs()),
              HasSubstr("data-verdict=\"pass\" data-subject=\"1\"><b>1</b>"));
}

TEST(MatrixHtmlTest, FiltersOfferWhatThereIs) {
  std::vector<report::Run> runs = two_runs();
  EXPECT_THAT(to_matrix_html(runs), Not(HasSubstr("name=\"role\"")));
  EXPECT_THAT(to_matrix_html(runs), HasSubstr("<option value=\"1\">at Another server 2</option>"));
  runs[1].cases[0].role = "client";
  runs[1].cases[0].layer = "acks";
  runs[1].cases[0].id = "client/acks/x";
  const std::string page = to_matrix_html(runs);
  EXPECT_THAT(page, HasSubstr("<option value=\"client\">client</option>"));
  EXPECT_THAT(page, HasSubstr("<option value=\"acks\">acks</option>"));
  runs.pop_back();
  EXPECT_THAT(to_matrix_html(runs), Not(HasSubstr("name=\"subject\"")));
}

TEST(MatrixHtmlTest, DifferentVersionsOfTheSuiteAreTold) {
  std::vector<report::Run> runs = two_runs();
  EXPECT_THAT(to_matrix_html(runs), Not(HasSubstr("different versions")));
  runs[1].suite_version = "0.2.0";
  EXPECT_THAT(to_matrix_html(runs), HasSubstr("different versions"));
}

TEST(MatrixHtmlTest, HostileTextStaysText) {
  const std::vector<report::Run> runs = {hostile_run(), hostile_run(), sample_run()};
  const std::string page = to_matrix_html(runs);
  expect_inert(page);
  EXPECT_FALSE(std::regex_search(page, std::regex("href=\"(?!#|data:)")));
}

TEST(MatrixHtmlTest, SecurityIsCountedWhenAsked) {
  std::vector<report::Run> runs = two_runs();
  const auto secret = std::ranges::find_if(requirements(), &Requirement::security);
  ASSERT_NE(secret, requirements().end());
  CaseResult& hidden = runs[1].cases.emplace_back(sample_case(Verdict::kFail));
  hidden.id = "server/noise/secret";
  hidden.requirements = {std::string(secret->id)};
  hidden.message = "the secret message";
  hidden.transcript[0].text = "the secret exchange";
  for (CaseResult& result : runs[0].cases) result.requirements = {"KEEP-01"};
  runs[1].cases[0].requirements = {"KEEP-01"};
  EXPECT_THAT(to_matrix_html(runs), HasSubstr("server/noise/secret"));

  const std::string page = to_matrix_html(runs, {.counts_only_for_security = true});
  for (const char* word : {"server/noise/secret", "the secret"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
  const std::string counts = between(page, "id=\"security\"", "</section>");
  EXPECT_THAT(counts, HasSubstr("1 case of requirements"));
  EXPECT_THAT(counts, HasSubstr("<h3>Another server 2</h3><ul class=\"verdicts\"><li><b>1</b> "
                                "<span class=\"chip fail\">fail</span></li></ul>"));
  EXPECT_EQ(count(page, "<tr id="), kVerdicts.size());
}

}  // namespace
}  // namespace doublecheck::report
