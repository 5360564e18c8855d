#include "harness/cli/write_file.h"

#include <fstream>

namespace doublecheck::harness {

bool write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  return static_cast<bool>(file.flush());
}

}  // namespace doublecheck::harness
