#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/page_data.h"
#include "harness/report/result.h"

// What the page of one run and the matrix of several are made of. Every function that takes a
// stranger's text escapes it.
namespace doublecheck::report {

using Counts = std::map<Verdict, std::size_t>;

std::size_t count_of(const Counts& counts, Verdict verdict);

// As in "3 failed".
std::string_view word_for(Verdict verdict);

// "5 failed, 1 flaky": the counts of those verdicts that `wanted` selects. Empty when there are
// none.
std::string counts_text(const Counts& counts, bool (*wanted)(Verdict));

// What a row shows of a text; the opened case has more of it.
std::string short_text(std::string_view text);

// "1 case", "2,000 cases".
std::string cases_text(std::size_t count);

// The name of what a run tested, with its version.
std::string subject_name(const Run& run);

// "2025-11-25 16:37:05 UTC", of RFC 3339.
std::string time_text(std::string time);

// A fragment that finds the element with this id, whatever the id is made of.
std::string fragment(std::string_view id);

// A verdict, told by colour, sign and word.
std::string chip(Verdict verdict);

// One segment per verdict, as wide as its share.
std::string bar(const Counts& counts, std::size_t total);

// The level of the requirement whose text a failure shows; empty when the catalogue does not know
// it.
std::string_view level_of(const CaseResult& result);

// What a row says of its requirements: the level of the first, and every id.
std::string requirement_ids(const CaseResult& result);

// The attributes of a row that filters look at. `verdicts` is one word for each implementation.
std::string row_attributes(const CaseResult& described, std::string_view verdicts);

// The section of a layer; `table` is its table.
std::string layer_section(std::string_view layer, std::size_t cases, const Counts& counts,
                          std::string_view table);
std::string layer_id(std::string_view layer);

// A choice among values that are shown as they are. Nothing when there is only one.
std::string choice(std::string_view name, std::string_view label, std::string_view all,
                   const std::vector<std::string>& values);
// … among the roles, and the verdicts, that these results have.
std::string role_choice(const std::vector<PageCase>& cases);
std::string verdict_choice(const std::vector<PageCase>& cases);
std::string level_choice();

// What differs between pages; everything is markup.
struct Page {
  std::string title;
  std::string kind;    // of page, in words
  std::string layout;  // class of the body
  std::string headline;
  std::string outcome;
  std::string facts;
  std::string overview;  // above the cases
  std::size_t rows = 0;
  std::string filters;  // beside the one for text
  std::string sections;
  std::vector<PageCase> cases;  // those that a row opens, by its data-index
};

// One file that loads nothing.
std::string render(const Page& page);

}  // namespace doublecheck::report
