#include "harness/catalogue/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/catalogue/tally.h"
#include "harness/catalogue/test_catalogue.h"

namespace doublecheck::harness {
namespace {

using testing::HasSubstr;
using testing::Not;
using Triage = Requirement::Triage;

// A requirement of each status, and one of a codec.
const std::vector<Requirement>& sample() {
  static const std::vector<Requirement> requirements = [] {
    std::vector<Requirement> all = {a_requirement(Rule::KEEP_01),
                                    a_requirement(Rule::KEEP_02, Triage::kPlanned),
                                    a_requirement(Rule::KEEP_03, Triage::kContested),
                                    a_requirement(Rule::KEEP_04), a_requirement(Rule::FRAME_01)};
    all[0].text = "The server MUST send <ib> | nothing.";
    all[0].security = true;
    all[2].level = Requirement::Level::kMay;
    all[4].layer = "frames";
    all[4].role = Requirement::Role::kCodec;
    all[4].vectors = "frames.json nodes.json";
    return all;
  }();
  return requirements;
}

std::vector<Coverage> covered() {
  return coverage_of(sample(),
                     std::vector{a_case("a", {Rule::KEEP_01}), a_case("b", {Rule::KEEP_01}),
                                 a_case("c", {Rule::KEEP_01}), a_case("d", {Rule::KEEP_01})});
}

TEST(Listing, AsText) {
  const std::string text = text_of(covered());
  EXPECT_THAT(text, HasSubstr("KEEP-01  MUST  (server, profile, security)\n"
                              "    The server MUST send <ib> | nothing.\n"
                              "    checked by server/sample/a\n"));
  EXPECT_THAT(text, HasSubstr("    planned: with the sample layer\n"));
  EXPECT_THAT(text, HasSubstr("    contested: sample: yes|no\n"));
  EXPECT_THAT(text, HasSubstr("    untested\n"));
  EXPECT_THAT(text, HasSubstr("    checked by vectors frames.json nodes.json\n"));
}

TEST(Listing, AsJson) {
  const auto list = nlohmann::json::parse(json_of(covered()));
  ASSERT_EQ(list.size(), 5);
  EXPECT_EQ(list[0]["id"], "KEEP-01");
  EXPECT_EQ(list[0]["status"], "tested");
  EXPECT_EQ(list[0]["security"], true);
  EXPECT_EQ(list[0]["cases"].size(), 4);
  EXPECT_EQ(list[1]["note"], "with the sample layer");
  EXPECT_EQ(list[4]["vectors"], (nlohmann::json{"frames.json", "nodes.json"}));
}

TEST(Listing, AsMarkdown) {
  const std::string page = markdown_of(covered());
  EXPECT_THAT(page, HasSubstr("# Requirements\n"));
  EXPECT_THAT(page, HasSubstr("\n## sample\n"));
  EXPECT_THAT(page, HasSubstr("\n## frames\n"));
  EXPECT_THAT(page, HasSubstr("| KEEP-01 ⚠ | server | profile | The server MUST send \\<ib\\> \\| "
                              "nothing. | tested: `server/sample/a`, `server/sample/b`, "
                              "`server/sample/c` and 1 more |\n"));
  EXPECT_THAT(page, HasSubstr("| planned: with the sample layer |\n"));
  EXPECT_THAT(page, HasSubstr("| contested: sample: yes\\|no |\n"));
  EXPECT_THAT(page, HasSubstr("| tested: vectors frames.json nodes.json |\n"));
}

TEST(Summary, CountsByLayerStatusAndLevel) {
  const std::vector<Coverage> all = covered();
  const Tally sum = tally(all);
  EXPECT_EQ(sum.total(), 5);
  EXPECT_EQ(sum.count(Status::kTested), 2);
  EXPECT_EQ(sum.count(Status::kContested, Strength::kMay), 1);
  EXPECT_EQ(sum.count(Strength::kMust), 4);
  const auto layers = tallies_by_layer(all);
  ASSERT_EQ(layers.size(), 2);
  EXPECT_EQ(layers[0].first, "sample");
  EXPECT_EQ(layers[0].second.total(), 4);
  EXPECT_EQ(layers[1].second.count(Status::kTested), 1);
}

TEST(Summary, SaysUntestedWhereSomethingIs) {
  EXPECT_THAT(summary_text(covered()), HasSubstr("untested"));
  const std::vector<Requirement> planned = {a_requirement(Rule::KEEP_01, Triage::kPlanned)};
  EXPECT_THAT(summary_text(coverage_of(planned, {})), Not(HasSubstr("untested")));
  EXPECT_THAT(summary_markdown(coverage_of(planned, {})), Not(HasSubstr("untested")));
}

TEST(Summary, HasThreeForms) {
  const std::vector<Coverage> all = covered();
  EXPECT_THAT(summary_text(all), HasSubstr("MUST       4: 2 tested, 1 planned"));
  EXPECT_THAT(summary_text(all), HasSubstr("\nframes "));
  const auto counts = nlohmann::json::parse(summary_json(all));
  EXPECT_EQ(counts["all"]["tested"]["must"], 2);
  EXPECT_EQ(counts["layers"]["sample"]["all"], 4);
  EXPECT_THAT(summary_markdown(all), HasSubstr("| [frames](#frames) | 1 | 0 | 0 | 1 |"));
  EXPECT_THAT(summary_markdown(all), Not(HasSubstr("# Requirements")));
}

}  // namespace
}  // namespace doublecheck::harness
