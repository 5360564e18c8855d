#pragma once

#include <cstddef>
#include <string>

#include "spec/base/result.h"

namespace doublecheck::harness {

// A whole file that a user names, of at most so many bytes; the error is for the user.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

}  // namespace doublecheck::harness
