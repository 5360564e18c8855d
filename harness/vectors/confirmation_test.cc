#include "harness/vectors/confirmation.h"

#include <gtest/gtest.h>

#include "harness/iut/codec.pb.h"
#include "harness/iut/in_process_codec.h"
#include "spec/proto/access.h"

namespace doublecheck::corpus {
namespace {

using harness::CodecUnderTest;

// The reference, with something in between.
class Spoiled final : public CodecUnderTest {
 public:
  using Spoil = std::function<Result<Bytes>(const codec::Request&, Bytes answer)>;
  explicit Spoiled(Spoil spoil) : spoil_(std::move(spoil)), codec_(SeededRandom(1), {}) {}

  Result<Bytes> answer(ByteView request) override {
    codec::Request parsed;
    EXPECT_TRUE(proto::parse(request, parsed));
    Bytes answer = codec_.answer(request).value();
    if (parsed.has_describe()) return answer;
    return spoil_(parsed, std::move(answer));
  }

 private:
  Spoil spoil_;
  harness::InProcessCodec codec_;
};

StartCodec starting(const Spoiled::Spoil& spoil, int& starts) {
  return [spoil, &starts]() -> Result<std::unique_ptr<CodecUnderTest>> {
    ++starts;
    return std::make_unique<Spoiled>(spoil);
  };
}

Bytes refusal() {
  codec::Response response;
  response.mutable_refused()->set_reason("no");
  return proto::serialize(response);
}

std::vector<Vector> samples() {
  Vector good{.id = "padding/good", .operation = "unpad"};
  good.input = {{"data", "0a01"}};
  good.output = {{"data", "0a"}};
  Vector bad{.id = "padding/bad", .operation = "unpad", .flag = std::string(kMustReject)};
  bad.input = {{"data", "0a00"}};
  Vector contested{.id = "padding/contested", .operation = "unpad", .flag = "contested:switch"};
  contested.input = {{"data", "0a01"}};
  Vector other{.id = "media/other", .operation = "encrypt_media"};
  return {good, bad, contested, other};
}

Confirmations confirmed_by(const Spoiled::Spoil& spoil, int& starts) {
  return confirm(samples(), starting(spoil, starts), "somebody").value();
}

TEST(Confirmations, AreOfWhatIsAnsweredAsRecorded) {
  int starts = 0;
  const auto said =
      confirmed_by([](const codec::Request&, Bytes answer) { return answer; }, starts);
  EXPECT_EQ(said.confirmed.size(), 2U);
  EXPECT_TRUE(said.confirmed.contains("padding/good"));
  EXPECT_TRUE(said.confirmed.contains("padding/bad"));
  EXPECT_TRUE(said.disagreed.empty());
  EXPECT_EQ(starts, 1);
}

TEST(Confirmations, AreNotOfAnotherAnswer) {
  int starts = 0;
  const auto said = confirmed_by(
      [](const codec::Request&, const Bytes&) {
        codec::Response response;
        response.mutable_unpad()->set_data("wrong");
        return proto::serialize(response);
      },
      starts);
  EXPECT_TRUE(said.confirmed.empty());
  EXPECT_EQ(said.disagreed.size(), 2U);
}

TEST(Confirmations, AreNotOfOneWhoRefusesEverything) {
  int starts = 0;
  const auto said =
      confirmed_by([](const codec::Request&, const Bytes&) { return refusal(); }, starts);
  EXPECT_TRUE(said.confirmed.empty());
  EXPECT_EQ(said.disagreed.size(), 1U);
}

TEST(Confirmations, AreNotOfOneWhoBelievesEverySignature) {
  Vector genuine{.id = "signature/genuine", .operation = "verify"};
  genuine.input = {{"public_key", std::string(64, '0')}, {"message", ""}, {"signature", ""}};
  genuine.output = {{"valid", true}};
  Vector forged = genuine;
  forged.id = "signature/forged";
  forged.flag = kMustReject;
  forged.output = nullptr;
  const auto believing = [](const codec::Request&, const Bytes&) {
    codec::Response response;
    response.mutable_verify()->set_valid(true);
    return proto::serialize(response);
  };
  int starts = 0;
  EXPECT_EQ(confirm({genuine}, starting(believing, starts), "x").value().confirmed.size(), 1U);
  EXPECT_TRUE(
      confirm({genuine, forged}, starting(believing, starts), "x").value().confirmed.empty());
}

TEST(Confirmations, AreNotOfOneWhoCannot) {
  int starts = 0;
  const auto said = confirmed_by(
      [](const codec::Request&, const Bytes&) {
        codec::Response response;
        response.mutable_unsupported();
        return proto::serialize(response);
      },
      starts);
  EXPECT_TRUE(said.confirmed.empty());
  EXPECT_TRUE(said.disagreed.empty());
  EXPECT_EQ(said.unsupported, 2U);
}

TEST(Confirmations, GoOnAfterACrash) {
  int starts = 0;
  const auto said = confirmed_by(
      [](const codec::Request& request, Bytes answer) -> Result<Bytes> {
        if (request.unpad().data().ends_with('\0')) return fail("codec", "it crashed");
        return answer;
      },
      starts);
  EXPECT_EQ(said.confirmed.size(), 1U);
  EXPECT_TRUE(said.disagreed.contains("padding/bad"));
  EXPECT_EQ(starts, 2);
}

TEST(Confirmations, AreMergedIntoTheSameVectorsOnly) {
  std::vector<Vector> vectors = samples();
  Confirmations said{.name = "somebody", .library = "x", .version = "1"};
  for (const Vector& vector : vectors) said.confirmed[vector.id] = fingerprint(vector);
  vectors[1].input["data"] = "0b00";
  merge(said, vectors);
  EXPECT_EQ(vectors[0].confirmed_by, std::vector<std::string>{"somebody"});
  EXPECT_TRUE(vectors[1].confirmed_by.empty());
  merge(said, vectors);
  EXPECT_EQ(vectors[0].confirmed_by.size(), 1U);
}

TEST(Confirmations, AreWithdrawnWhereSomethingElseIsSaid) {
  std::vector<Vector> vectors = samples();
  vectors[0].confirmed_by = {"somebody", "other"};
  merge({.name = "somebody",
         .library = "x",
         .version = "1",
         .disagreed = {{vectors[0].id, "something else"}}},
        vectors);
  EXPECT_EQ(vectors[0].confirmed_by, std::vector<std::string>{"other"});
}

TEST(Confirmations, ComeBackFromText) {
  const Confirmations said{.name = "somebody",
                           .library = "x",
                           .version = "1",
                           .confirmed = {{"a/b", "0123"}},
                           .disagreed = {{"a/c", "something else"}},
                           .unsupported = 3};
  const Confirmations read = parse_confirmations(to_text(said));
  EXPECT_EQ(read.confirmed, said.confirmed);
  EXPECT_TRUE(read.disagreed.contains("a/c"));
  EXPECT_EQ(read.disagreed.size(), 1U);
  EXPECT_EQ(read.unsupported, 3U);
  EXPECT_EQ(to_text(read), to_text(said));
}

}  // namespace
}  // namespace doublecheck::corpus
