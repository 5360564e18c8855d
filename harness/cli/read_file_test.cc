#include "harness/cli/read_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/suite/temporary_folder.h"

namespace doublecheck::harness {
namespace {

TEST(ReadFile, ReadsUpToItsLimit) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "file").string();
  std::ofstream(path) << "12345";
  EXPECT_EQ(read_file(path, 5), "12345");
  const auto too_large = read_file(path, 4);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().why, path + " is larger than 4 bytes");
}

TEST(ReadFile, SaysWhatCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_file((folder.path() / "absent").string(), 5));
  EXPECT_FALSE(read_file(folder.path().string(), 5));
}

}  // namespace
}  // namespace doublecheck::harness
