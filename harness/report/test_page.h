#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// For the tests of pages.
namespace doublecheck::report {

std::size_t count(std::string_view text, std::string_view what);

// What stands between two marks, the first time.
std::string between(const std::string& text, const std::string& left, const std::string& right);

// Expects that no text of `hostile_run` became markup.
void expect_inert(const std::string& page);

}  // namespace doublecheck::report
