#include "harness/vectors/publication.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/iut/in_process_codec.h"
#include "harness/vectors/check.h"
#include "harness/vectors/confirmation.h"
#include "spec/base/test_vectors.h"

namespace doublecheck::corpus {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;  // within the validity of the certificates

std::unique_ptr<harness::CodecUnderTest> reference() {
  return std::make_unique<harness::InProcessCodec>(SeededRandom(1), UnixTime::from_seconds(kNow));
}

const Publication& published() {
  static const Publication publication = publish();
  return publication;
}

std::string checked_in(const std::string& name) {
  const std::string path = std::string(DC_SOURCE_DIR) + "/corpus/vectors/lines/" + name;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(PublishedVectors, AreTheOnesThatAreCheckedIn) {
  const auto files = files_of(published());
  for (const auto& [name, text] : files)
    EXPECT_TRUE(text == checked_in(name)) << name << " is not what ci/vectors writes";
  EXPECT_GE(files.size(), 15U);
}

TEST(PublishedVectors, AreTheSameWithTheSameSeedAndOthersWithAnother) {
  const auto files = files_of(publish(7));
  EXPECT_TRUE(files == files_of(publish(7)));
  EXPECT_FALSE(files.at("node.jsonl") == files_of(published()).at("node.jsonl"));
}

TEST(PublishedVectors, AreWhatTheReferenceAnswers) {
  const auto codec = reference();
  const auto description = harness::describe_codec(*codec).value();
  std::map<std::string, std::size_t> executed;
  for (const Vector& vector : published().vectors) {
    const CheckResult result = check_vector(vector, *codec, description);
    EXPECT_NE(result.agreement, Agreement::kDisagrees) << vector.id << ": " << result.answer;
    EXPECT_NE(result.agreement, Agreement::kUnsupported) << vector.id << ": " << result.answer;
    if (result.agreement == Agreement::kAgrees) ++executed[vector.operation];
  }
  std::size_t all = 0;
  for (const auto& [operation, count] : executed) all += count;
  EXPECT_GE(all, 2000U);
  EXPECT_EQ(executed.size(), 19U) << "operations without a vector";
}

TEST(PublishedVectors, AreConfirmedByOthersInTheNumberThatIsPromised) {
  EXPECT_GE(count(published().vectors).confirmed, 2000U);
}

// The fingerprint sees to it; few vectors are the same for every seed.
TEST(PublishedVectors, OfAnotherSeedAreNotTakenForConfirmed) {
  std::map<std::string, std::string> lines;
  for (const Vector& vector : published().vectors) lines[vector.id] = fingerprint(vector);
  const Publication other = publish(7);
  std::size_t changed = 0;
  for (const Vector& vector : other.vectors) {
    if (lines.contains(vector.id) && lines[vector.id] == fingerprint(vector)) continue;
    EXPECT_TRUE(vector.confirmed_by.empty()) << vector.id;
    ++changed;
  }
  EXPECT_GE(changed, 1000U);
}

}  // namespace
}  // namespace doublecheck::corpus
