#pragma once

#include <filesystem>
#include <string>

namespace doublecheck::harness {

// Whether the whole of it could be written; what was there is replaced.
bool write_file(const std::filesystem::path& path, const std::string& content);

}  // namespace doublecheck::harness
