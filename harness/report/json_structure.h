#pragma once

#include <cstddef>
#include <string_view>

#include "spec/base/result.h"

namespace doublecheck::report {

// Whether a text is JSON (RFC 8259, UTF-8) that a parser which builds a tree may be given: no
// object names a member twice, and no object or array is nested deeper than `max_depth`. The error
// says at which octet the text is not JSON.
Result<> check_json_structure(std::string_view json, std::size_t max_depth);

}  // namespace doublecheck::report
