#pragma once

#include <cstddef>
#include <string>

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

// JSON Lines: line i is an object about run.cases[i], so that opening one case parses one line.
std::string case_lines(const Run& run, const PageLimits& limits = {});

// One JSON object: each requirement that a case of the run names, by id. Ids that the catalogue
// lacks are left out.
std::string requirement_table(const Run& run);

}  // namespace doublecheck::report
