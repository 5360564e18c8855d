#include "harness/report/comparison.h"

#include <gtest/gtest.h>

namespace doublecheck::report {
namespace {

Run run_with(std::initializer_list<std::pair<const char*, Verdict>> cases) {
  Run run;
  for (const auto& [id, verdict] : cases) {
    CaseResult result;
    result.id = id;
    result.verdict = verdict;
    run.cases.push_back(result);
  }
  return run;
}

TEST(Comparison, SaysWhatIsOtherwise) {
  const report::Run before = run_with({{"breaks", Verdict::kPass},
                                       {"gone", Verdict::kPass},
                                       {"mended", Verdict::kFail},
                                       {"same", Verdict::kPass},
                                       {"still red", Verdict::kFail},
                                       {"warns now", Verdict::kPass}});
  const report::Run now = run_with({{"added", Verdict::kUnsupported},
                                    {"breaks", Verdict::kInconclusive},
                                    {"mended", Verdict::kPass},
                                    {"same", Verdict::kPass},
                                    {"still red", Verdict::kFlaky},
                                    {"warns now", Verdict::kWarn}});
  EXPECT_EQ(to_text(compare(before, now), before, now),
            "worse  breaks: pass, now inconclusive\n"
            "better mended: fail, now pass\n"
            "new    added: unsupported\n"
            "gone   gone: was pass\n");
}

TEST(Comparison, OfARunWithItselfIsEmpty) {
  const report::Run run = run_with({{"a", Verdict::kPass}, {"b", Verdict::kFail}});
  EXPECT_EQ(to_text(compare(run, run), run, run), "");
}

}  // namespace
}  // namespace doublecheck::report
