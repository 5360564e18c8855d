#include "harness/report/page_template.h"

#include <cstddef>

namespace doublecheck::report {

std::string fill_template(std::string_view page,
                          const std::map<std::string_view, std::string>& values) {
  constexpr std::string_view kOpen = "{{";
  constexpr std::string_view kClose = "}}";
  std::string out;
  while (true) {
    const std::size_t open = page.find(kOpen);
    const std::size_t close = open == std::string_view::npos ? open : page.find(kClose, open);
    if (close == std::string_view::npos) return out.append(page);
    const std::size_t end = close + kClose.size();
    const auto found = values.find(page.substr(open + kOpen.size(), close - open - kOpen.size()));
    if (found == values.end()) {
      out += page.substr(0, end);
    } else {
      out.append(page.substr(0, open)).append(found->second);
    }
    page.remove_prefix(end);
  }
}

}  // namespace doublecheck::report
