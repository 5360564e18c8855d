#include "harness/vectors/vector.h"

#include <gtest/gtest.h>

namespace doublecheck::corpus {
namespace {

Vector sample() {
  return {.id = "padding/one",
          .operation = "unpad",
          .requirements = {"MESSAGE-01"},
          .input = {{"data", "01"}},
          .output = {{"data", ""}}};
}

TEST(Vector, IsNamedInLowerCaseAndHyphens) {
  EXPECT_EQ(slug("pad length 255 (older clients)"), "pad-length-255-older-clients");
  EXPECT_EQ(slug("  A@b.C: x  "), "a-b-c-x");
}

TEST(Vector, IsOneLineWithItsMembersInOrder) {
  EXPECT_EQ(
      to_line(sample()),
      R"({"id":"padding/one","layer":"padding","operation":"unpad","requirements":["MESSAGE-01"],)"
      R"("flag":"must-accept","input":{"data":"01"},"output":{"data":""},)"
      R"("confirmed_by":["self-generated"],"notes":""})");
}

TEST(Vector, SaysWhoConfirmedIt) {
  Vector vector = sample();
  vector.confirmed_by = {"somebody"};
  EXPECT_EQ(Json::parse(to_line(vector)).at("confirmed_by"), Json::array({"somebody"}));
}

TEST(Vector, FingerprintIsOfWhatIsAskedAndAnswered) {
  const std::string genuine = fingerprint(sample());
  EXPECT_EQ(genuine.size(), 12U);
  for (auto Vector::* member : {&Vector::input, &Vector::output}) {
    Vector changed = sample();
    (changed.*member)["data"] = "02";
    EXPECT_NE(fingerprint(changed), genuine);
  }
  for (auto Vector::* member : {&Vector::operation, &Vector::flag}) {
    Vector changed = sample();
    changed.*member = "other";
    EXPECT_NE(fingerprint(changed), genuine);
  }
  Vector described = sample();
  described.notes = "whatever";
  described.confirmed_by = {"somebody"};
  EXPECT_EQ(fingerprint(described), genuine);
}

}  // namespace
}  // namespace doublecheck::corpus
