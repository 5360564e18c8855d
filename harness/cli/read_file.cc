#include "harness/cli/read_file.h"

#include <filesystem>
#include <fstream>

namespace doublecheck::harness {

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) return fail("file", "cannot read " + path);
  std::string text(max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_bytes)
    return fail("file", path + " is larger than " + std::to_string(max_bytes) + " bytes");
  return text;
}

}  // namespace doublecheck::harness
