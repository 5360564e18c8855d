#pragma once

#include <map>
#include <string>
#include <string_view>

namespace doublecheck::report {

// The template with each {{name}} replaced by its value. What a value contains is not looked at
// again. A name without a value is a mistake in the template; it becomes nothing.
std::string fill_template(std::string_view page,
                          const std::map<std::string_view, std::string>& values);

}  // namespace doublecheck::report
