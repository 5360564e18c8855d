#include "harness/report/page_data.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "harness/report/sample_run.h"
#include "harness/report/text.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

using Json = nlohmann::json;

std::vector<Json> parse_lines(const std::string& lines) {
  std::vector<Json> parsed;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) parsed.push_back(Json::parse(line));
  return parsed;
}

CaseResult case_with_lines(Verdict verdict, std::size_t count) {
  CaseResult result = sample_case(verdict);
  result.transcript.clear();
  for (std::size_t i = 0; i < count; ++i) {
    result.transcript.push_back({1, "a", "sent", "b", std::string(30, static_cast<char>('a' + i))});
  }
  return result;
}

constexpr std::size_t kLineCost =
    64;  // of a line of the case above: its 32 octets, and 32 for punctuation

TEST(PageDataTest, LineIIsCaseI) {
  const report::Run run = sample_run();
  const std::vector<Json> cases = parse_lines(case_lines(page_cases(run)));
  ASSERT_EQ(cases.size(), kVerdicts.size());
  const Json& first = cases[0];
  EXPECT_EQ(first["requirements"], Json({"KEEP-01", "FRAME-03"}));
  EXPECT_EQ(first["stimulus"], "one ping");
  EXPECT_EQ(first["message"], "no answer within 10 s");
  EXPECT_EQ(first["expected"], "<iq id=\"p1\" type=\"result\"/>");
  EXPECT_EQ(first["actual"], "nothing");
  EXPECT_EQ(first["reason"], "reported upstream");
  EXPECT_EQ(first["verdict"], "fail");
  EXPECT_EQ(first["sent"], "<iq id=\"p1\" type=\"get\"/>");
  EXPECT_EQ(first["suspect"], "the suite");
  EXPECT_EQ(first["took"], "125 ms");
  EXPECT_EQ(first["virtual"], "10.5 s");
  EXPECT_EQ(first["lines_left_out"], 0);
  EXPECT_EQ(first["transcript"][0],
            Json({0.25, "alice", "sent", "stanza", "<iq id=\"p1\" type=\"get\"/>"}));
}

TEST(PageDataTest, HostileTextCannotLeaveTheScriptElement) {
  const report::Run run = hostile_run();
  const std::string lines = case_lines(page_cases(run));
  EXPECT_EQ(lines.find('<'), std::string::npos);
  EXPECT_EQ(requirement_table(page_cases(run)).find('<'), std::string::npos);
  const std::vector<Json> cases = parse_lines(lines);
  ASSERT_EQ(cases.size(), kVerdicts.size());
  EXPECT_EQ(cases[0]["message"], visible(kHostileText));
  EXPECT_EQ(cases[0]["transcript"][0][4], visible(kHostileText));
}

TEST(PageDataTest, ALongTextIsCut) {
  report::Run run = passed_run();
  run.cases[0].actual = "12345678";
  EXPECT_EQ(parse_lines(case_lines(page_cases(run), {.text_octets = 8}))[0]["actual"], "12345678");
  EXPECT_EQ(parse_lines(case_lines(page_cases(run), {.text_octets = 7}))[0]["actual"],
            "1234567… (1 more octets)");
}

TEST(PageDataTest, TheLastLinesOfALongTranscriptAreKept) {
  report::Run run = sample_run();
  run.cases = {case_with_lines(Verdict::kFail, 3)};
  EXPECT_EQ(parse_lines(case_lines(page_cases(run),
                                   {.case_transcript = 3 * kLineCost}))[0]["lines_left_out"],
            0);
  const Json cut =
      parse_lines(case_lines(page_cases(run), {.case_transcript = 3 * kLineCost - 1}))[0];
  EXPECT_EQ(cut["lines_left_out"], 1);
  ASSERT_EQ(cut["transcript"].size(), 2U);
  EXPECT_EQ(cut["transcript"][1][4], std::string(30, 'c'));
}

TEST(PageDataTest, RedCasesComeFirstWhenNotAllTranscriptsFit) {
  report::Run run = sample_run();
  run.cases = {case_with_lines(Verdict::kPass, 2), case_with_lines(Verdict::kFail, 2)};
  const auto all = parse_lines(case_lines(page_cases(run), {.all_transcripts = 4 * kLineCost}));
  EXPECT_EQ(all[0]["lines_left_out"], 0);
  EXPECT_EQ(all[1]["lines_left_out"], 0);
  const auto some = parse_lines(case_lines(page_cases(run), {.all_transcripts = 3 * kLineCost}));
  EXPECT_EQ(some[0]["lines_left_out"], 1);
  EXPECT_EQ(some[1]["lines_left_out"], 0);
}

TEST(PageDataTest, TheTableHasTheRequirementsThatCasesName) {
  report::Run run = passed_run();
  run.cases[0].requirements = {"FRAME-03", "FRAME-03", "NONE-99"};
  const Json table = Json::parse(requirement_table(page_cases(run)));
  ASSERT_EQ(table.size(), 1U);
  const Requirement& frame = requirement(Rule::FRAME_03);
  EXPECT_EQ(table["FRAME-03"]["text"], frame.text);
  EXPECT_EQ(table["FRAME-03"]["level"], to_string(frame.level));
  EXPECT_EQ(table["FRAME-03"]["evidence"], to_string(frame.evidence));
  EXPECT_EQ(table["FRAME-03"]["source"], frame.source);
}

}  // namespace
}  // namespace doublecheck::report
