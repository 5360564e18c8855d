#pragma once

#include <string_view>

// The files page.html, page.css and page.js of this folder, as they are.
namespace doublecheck::report {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageJs;

}  // namespace doublecheck::report
