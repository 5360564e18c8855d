#pragma once

#include <string>

#include "harness/report/result.h"
#include "harness/report/verdicts.h"

// Runs for the tests of the renderers.
namespace doublecheck::report {

// Every field has a value of its own, so that a renderer which mixes two up is seen.
inline CaseResult sample_case(Verdict verdict) {
  CaseResult result;
  result.id = "server/keepalive/ping_is_answered_" + to_string(verdict);
  result.layer = "keepalive";
  result.role = "server";
  result.sentence = "A ping is answered once.";
  result.requirements = {"KEEP-01", "FRAME-03"};
  result.stimulus = "one ping";
  result.verdict = verdict;
  result.message = "no answer within 10 s";
  result.expected = "<iq id=\"p1\" type=\"result\"/>";
  result.actual = "nothing";
  result.expected_fail_reason = "reported upstream";
  result.transcript = {{0.25, "alice", "sent", "stanza", "<iq id=\"p1\" type=\"get\"/>"},
                       {10.25, "case", "", "note", "no match within 10 s"}};
  result.seconds = 0.125;
  result.virtual_seconds = 10.5;
  result.reproduce =
      "doublecheck certify --filter 'server/keepalive/ping_is_answered_once' --seed 7";
  return result;
}

// One case of each verdict.
inline Run sample_run() {
  Run run;
  run.suite_version = "0.1.0";
  run.started_at = "2025-11-25T16:37:05Z";
  run.seed = 18446744073709551615U;
  run.seconds = 1.5;
  run.subject = {"server", "in process", "Reference server", "1.2.3"};
  run.driver = "virtual time";
  for (const Verdict verdict : kVerdicts) run.cases.push_back(sample_case(verdict));
  return run;
}

// A run with one passed case.
inline Run passed_run() {
  Run run = sample_run();
  run.cases = {sample_case(Verdict::kPass)};
  return run;
}

// What a hostile peer may make a case say: it tries to leave every kind of element, attribute and
// literal.
inline const std::string kHostileText =
    "]]></script></pre></td><script>alert(1)</script><!--\"'><img src=x onerror=alert(1)> & {{style}} \\ \n\t\r"
    "\x1b[31m\x01\xff\xc3 \u202e \uffff";

// Every text of the run is hostile.
inline Run hostile_run() {
  Run run = sample_run();
  run.suite_version = run.subject.how = run.subject.name = run.subject.version = run.driver =
      kHostileText;
  for (CaseResult& result : run.cases) {
    result.id = result.layer = result.sentence = result.stimulus = result.message =
        result.expected = result.actual = result.expected_fail_reason = result.reproduce =
            kHostileText;
    result.requirements = {"FRAME-03", kHostileText};
    result.transcript = {{1, kHostileText, "received", kHostileText, kHostileText}};
  }
  return run;
}

}  // namespace doublecheck::report
