#include "harness/iut/codec_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/iut/codec.pb.h"
#include "harness/iut/codec_description.h"
#include "spec/proto/access.h"

// Codecs whose process misbehaves, as shell scripts.
namespace doublecheck::harness {
namespace {

using testing::HasSubstr;

Result<Bytes> answer_of(const std::string& command, double time_scale = 1.0) {
  auto codec = CodecProcess::start({.command = command, .time_scale = time_scale});
  if (!codec) return propagate(codec);
  codec::Request request;
  request.mutable_unpad()->set_data("\x01");
  return (*codec)->answer(proto::serialize(request));
}

std::string failure_of(const std::string& command, double time_scale = 1.0) {
  const auto answer = answer_of(command, time_scale);
  return answer ? "answered with " + std::to_string(answer->size()) + " bytes" : answer.error().why;
}

TEST(CodecProcess, GivesWhatStandsBehindTheLength) {
  const auto answer = answer_of(R"(sh -c 'printf "\000\000\000\003abc"; cat > /dev/null')");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(to_text(*answer), "abc");
}

TEST(CodecProcess, TellsHowItEnded) {
  EXPECT_THAT(failure_of("sh -c 'exit 3'"), HasSubstr("exited with code 3"));
  EXPECT_THAT(failure_of("sh -c 'kill -SEGV $$'"), HasSubstr("killed by signal"));
  EXPECT_THAT(failure_of("/no/such/program"), HasSubstr("exited with code 127"));
}

TEST(CodecProcess, TellsWhatItComplainedOf) {
  EXPECT_THAT(failure_of("sh -c 'echo out of ideas >&2; exit 1'"), HasSubstr("out of ideas"));
}

TEST(CodecProcess, IsGivenUpWhenItIsSilent) {
  EXPECT_THAT(failure_of("sleep 100", 0.005), HasSubstr("no answer in time"));
  EXPECT_THAT(failure_of(R"(sh -c 'printf "\000\000\000\003a"; sleep 100')", 0.005),
              HasSubstr("no answer in time"));
  EXPECT_THAT(failure_of("sh -c 'exec <&- >/dev/null; sleep 100'", 0.005),
              testing::AnyOf(HasSubstr("no answer in time"), HasSubstr("closed its output")));
}

TEST(CodecProcess, IsGivenUpWhenItWritesGarbage) {
  // The letters announce more than kMaxCodecMessage.
  EXPECT_THAT(failure_of("yes"), HasSubstr("more than kMaxCodecMessage"));
  EXPECT_THAT(failure_of(R"(sh -c 'printf "\000\000\000\001ab"; cat > /dev/null')"),
              HasSubstr("more than one response"));
}

TEST(CodecProcess, GivesNoAnswerAfterOneThatDidNotCome) {
  auto codec = CodecProcess::start({.command = "sh -c 'exit 3'"});
  ASSERT_TRUE(codec);
  const Bytes request = {0x0a, 0x00};
  const auto first = (*codec)->answer(request);
  const auto second = (*codec)->answer(request);
  ASSERT_FALSE(first || second);
  EXPECT_EQ(first.error(), second.error());
}

TEST(CodecProcess, DoesNotWaitForOneThatPrintsMuch) {
  const auto answer = answer_of(
      R"(sh -c 'yes complaint | head -c 1000000 >&2; printf "\000\000\000\000"; cat > /dev/null')");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_TRUE(answer->empty());
}

TEST(CodecDescription, HasToBeOne) {
  auto codec =
      CodecProcess::start({.command = R"(sh -c 'printf "\000\000\000\000"; cat > /dev/null')"});
  ASSERT_TRUE(codec);
  EXPECT_FALSE(describe_codec(**codec));
}

}  // namespace
}  // namespace doublecheck::harness
