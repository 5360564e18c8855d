#include "harness/report/assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/report/sample_run.h"
#include "spec/requirements/requirement.h"

namespace doublecheck::report {
namespace {

using testing::HasSubstr;

// A failed case whose first requirement is the first one of the catalogue that is `wanted`.
template <typename Wanted>
CaseResult failed_case(Wanted wanted) {
  CaseResult result = sample_case(Verdict::kFail);
  const auto found = std::ranges::find_if(requirements(), wanted);
  EXPECT_NE(found, requirements().end());
  result.requirements = {std::string(found->id)};
  return result;
}

CaseResult failed_for(Requirement::Evidence evidence) {
  return failed_case(
      [&](const Requirement& one) { return one.evidence == evidence && one.contested.empty(); });
}

std::string suspect_of(const CaseResult& result, const Elsewhere& elsewhere = {}) {
  return assess(result, elsewhere).suspect;
}

Elsewhere at_reference(Verdict verdict) {
  Elsewhere elsewhere;
  elsewhere.reference = verdict;
  return elsewhere;
}

TEST(AssessmentTest, NobodyIsSuspectedOfAPass) {
  EXPECT_EQ(suspect_of(sample_case(Verdict::kPass)), "");
}

TEST(AssessmentTest, AVerdictThatIsNoFailureSaysWhoByItself) {
  EXPECT_EQ(suspect_of(sample_case(Verdict::kUnsupported)), "nobody");
  EXPECT_EQ(suspect_of(sample_case(Verdict::kInconclusive)), "the set-up");
  EXPECT_EQ(suspect_of(sample_case(Verdict::kUnexpectedPass)), "the list of expected failures");
  EXPECT_EQ(suspect_of(sample_case(Verdict::kFlaky)), "open");
}

TEST(AssessmentTest, AKnownFailureIsTheImplementationsForTheReasonThatIsListed) {
  const Assessment known = assess(sample_case(Verdict::kExpectedFail));
  EXPECT_EQ(known.suspect, "the implementation");
  EXPECT_THAT(known.why, HasSubstr("reported upstream"));
}

TEST(AssessmentTest, TheLessIsKnownTheLessTheImplementationIsSuspected) {
  EXPECT_EQ(suspect_of(failed_for(Requirement::Evidence::kPublished)), "the implementation");
  EXPECT_EQ(suspect_of(failed_for(Requirement::Evidence::kObservedMany)), "the implementation");
  EXPECT_EQ(suspect_of(failed_for(Requirement::Evidence::kObservedOne)),
            "the implementation or the suite");
  EXPECT_EQ(suspect_of(failed_for(Requirement::Evidence::kProfile)),
            "the implementation or the suite");
  CaseResult unknown = sample_case(Verdict::kFail);
  unknown.requirements = {"NONE-99"};
  EXPECT_EQ(suspect_of(unknown), "open");
}

TEST(AssessmentTest, WhereImplementationsMayDifferNobodyIs) {
  EXPECT_EQ(suspect_of(failed_case([](const Requirement& one) { return !one.contested.empty(); }),
                       at_reference(Verdict::kFail)),
            "nobody");
}

TEST(AssessmentTest, WhatTheReferenceFailsIsTheSuites) {
  const CaseResult failed = failed_for(Requirement::Evidence::kPublished);
  EXPECT_EQ(suspect_of(failed, at_reference(Verdict::kFail)), "the suite");
  EXPECT_EQ(suspect_of(failed, at_reference(Verdict::kWarn)), "the suite");
  EXPECT_EQ(suspect_of(failed, at_reference(Verdict::kUnsupported)), "the implementation");
  const Assessment passes = assess(failed, at_reference(Verdict::kPass));
  EXPECT_EQ(passes.suspect, "the implementation");
  EXPECT_THAT(passes.why, HasSubstr("the reference passes"));
  report::Run own = sample_run();
  EXPECT_EQ(suspect_of(failed, known_from(own, failed)), "the suite");
  own.subject.how = "ws://127.0.0.1:1/ws/chat";
  EXPECT_EQ(suspect_of(failed, known_from(own, failed)), "the implementation");
}

TEST(AssessmentTest, WhatNobodyPassesIsPerhapsTheSuites) {
  const CaseResult failed = failed_for(Requirement::Evidence::kPublished);
  EXPECT_EQ(suspect_of(failed, {.others = 2, .others_failed = 2}), "the suite, perhaps");
  EXPECT_EQ(suspect_of(failed, {.others = 2, .others_failed = 1}), "the implementation");
  EXPECT_EQ(suspect_of(failed, {.others = 1, .others_failed = 1}), "the implementation");
}

TEST(AssessmentTest, WhatWasSentLastIsFound) {
  CaseResult result = sample_case(Verdict::kFail);
  ASSERT_NE(last_sent(result), nullptr);
  EXPECT_EQ(last_sent(result)->text, "<iq id=\"p1\" type=\"get\"/>");
  result.transcript.push_back({11, "alice", "sent", "stanza", "<ack/>"});
  result.transcript.push_back({12, "alice", "received", "stanza", "<message/>"});
  EXPECT_EQ(last_sent(result)->text, "<ack/>");
  result.transcript.clear();
  EXPECT_EQ(last_sent(result), nullptr);
}

}  // namespace
}  // namespace doublecheck::report
