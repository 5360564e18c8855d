#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "harness/report/result.h"

// Whose bug a verdict likely shows. A rule of thumb over facts that the reader can check (the
// verdict, the requirement's evidence, what others did with the same case), never a guess about
// texts: those are chosen by whoever is tested.
namespace doublecheck::report {

struct Assessment {
  std::string suspect;  // "the implementation", "the suite", …; empty for a pass
  std::string why;
};

// What is known of the same case elsewhere.
struct Elsewhere {
  std::optional<Verdict> reference =
      std::nullopt;               // of the suite's own reference, in the same version
  std::size_t others = 0;         // further implementations that ran it to a pass or a failure
  std::size_t others_failed = 0;  // of these
};

Assessment assess(const CaseResult& result, const Elsewhere& elsewhere = {});

// Whether the case was seen not to hold: fail, warn or expected-fail.
bool is_failure(Verdict verdict);

// Whether what was tested is the suite's own reference: it alone runs in the suite's process.
bool is_reference(const Run& run);

// What is known of a case that ran in this run alone.
Elsewhere known_from(const Run& run, const CaseResult& result);

// The last thing that the implementation was sent before the verdict; nullptr when the transcript
// has nothing of the kind. "sent" is always said from the suite's side.
const TranscriptLine* last_sent(const CaseResult& result);

}  // namespace doublecheck::report
