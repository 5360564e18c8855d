#pragma once

#include <span>
#include <string>

#include "harness/catalogue/coverage.h"

// Requirements, and what the suite does about them, in three forms. Every text ends with a newline.
namespace doublecheck::harness {

// For a terminal.
std::string text_of(std::span<const Coverage> all);
std::string summary_text(std::span<const Coverage> all);

// For programs: an array with an object for each; an object with counts.
std::string json_of(std::span<const Coverage> all);
std::string summary_json(std::span<const Coverage> all);

// The page spec/requirements/README.md; the counts alone.
std::string markdown_of(std::span<const Coverage> all);
std::string summary_markdown(std::span<const Coverage> all);

}  // namespace doublecheck::harness
