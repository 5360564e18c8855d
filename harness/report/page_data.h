#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "harness/report/assessment.h"
#include "harness/report/result.h"

// What the page's script shows when a case is opened: data inside of <script
// type="application/json">, where nothing but a script reads it. No text in it can end that element
// or start a comment: `<` is written as an escape of JSON.
namespace doublecheck::report {

// What the page carries at most, in octets before anything is escaped; what it leaves out, it
// counts. The whole is in report.json.
struct PageLimits {
  // Of one text.
  std::size_t text_octets = 16'384;
  // Of one case's transcript, whose last lines are kept.
  std::size_t case_transcript = 262'144;
  // Of all transcripts, those of red cases first.
  std::size_t all_transcripts = 50'000'000;
};

// A case that a page can open.
struct PageCase {
  const CaseResult* result;
  std::string subject;  // which implementation it is about; empty where there is only one
  Assessment assessment;
};

// The cases of one run, in its order. They point into it.
std::vector<PageCase> page_cases(const Run& run);

// JSON Lines: line i is an object about cases[i], so that opening one case parses one line.
std::string case_lines(std::span<const PageCase> cases, const PageLimits& limits = {});

// One JSON object: each requirement that a case names, by id. Ids that the catalogue lacks are left
// out.
std::string requirement_table(std::span<const PageCase> cases);

}  // namespace doublecheck::report
