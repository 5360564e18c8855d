#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

// Properties are tried on the same values in every run, unless the environment says otherwise:
//
//   RC_PARAMS="seed=42 max_success=10000" conformance_properties_test
//
// RapidCheck reads the variable the first time that it checks something.
int main(int argc, char** argv) {
  const char* given = std::getenv("RC_PARAMS");
  std::string parameters = given == nullptr ? "" : given;
  if (parameters.find("seed=") == std::string::npos) parameters = "seed=1 " + parameters;
  if (setenv("RC_PARAMS", parameters.c_str(), 1) != 0) return EXIT_FAILURE;
  std::printf("RC_PARAMS=\"%s\"\n", parameters.c_str());

  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
