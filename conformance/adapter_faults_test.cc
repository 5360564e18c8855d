#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "harness/suite/case.h"
#include "harness/suite/run_case.h"

// A client whose process misbehaves in the middle of a case: the case ends, and says what happened.
namespace doublecheck::harness {
namespace {

using report::Verdict;

report::CaseResult run(const std::string& adapter, double time_scale = 1.0) {
  const Case* one = find_case("client/pairing/pair_device_is_answered");
  if (one == nullptr) throw std::runtime_error("there is no such case");
  return run_client_case(*one, AdapterOptions{adapter, time_scale}, 1);
}

// Answers `hello` and `configure`, and does this when it is told to connect.
std::string adapter_that(const std::string& then) {
  return "sh -c 'read hello; "
         R"(echo "{\"ready\":{\"protocol\":1,\"library\":\"test\",\"version\":\"1\",)"
         R"(\"capabilities\":[\"websocket\",\"trust_root\",\"push_name\",\"qr_pairing\"]}}"; )"
         R"(echo "{\"done\":{\"id\":1}}"; read configure; echo "{\"done\":{\"id\":2}}"; )"
         "read connect; " +
         then + "'";
}

void expect_told(const report::CaseResult& result, const std::string& what) {
  EXPECT_NE(result.verdict, Verdict::kPass);
  EXPECT_NE(result.message.find(what), std::string::npos) << result.message;
}

TEST(AdapterFaults, ACrash) { expect_told(run(adapter_that("kill -11 $$")), "Segmentation fault"); }
TEST(AdapterFaults, AnExit) { expect_told(run(adapter_that("exit 7")), "exited with code 7"); }
TEST(AdapterFaults, AHang) {
  expect_told(run(adapter_that("sleep 1000"), 0.02), "does not connect");
}
TEST(AdapterFaults, Garbage) {
  expect_told(run(adapter_that("echo garbage; read more")), "no event");
}
TEST(AdapterFaults, AGigabyte) {
  expect_told(run(adapter_that("head -c 1000000000 /dev/zero")), "kMaxAdapterLine");
}
TEST(AdapterFaults, ACrashAtOnce) {
  expect_told(run("sh -c 'echo dying >&2; exit 9'"), "exited with code 9");
}

}  // namespace
}  // namespace doublecheck::harness
