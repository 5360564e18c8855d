#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What a conformance run found: the data that every report renders, and that `report.json` holds as
// it is.
namespace doublecheck::report {

enum class Verdict {
  kPass,            // the requirement was seen to hold
  kFail,            // it was seen not to hold (MUST, MUST NOT), or the implementation died or hung
  kWarn,            // as fail, for a SHOULD
  kUnsupported,     // the implementation or its adapter cannot do what the case needs
  kInconclusive,    // a precondition or the positive control failed: says nothing about the
                    // requirement
  kFlaky,           // different verdicts over repeats
  kExpectedFail,    // failed, and the user's list says that it does
  kUnexpectedPass,  // passed, although the user's list says that it fails
};

// Whether a run with this verdict must not be called a success.
bool is_red(Verdict verdict);
std::string to_string(Verdict verdict);  // "pass", "fail", …, "unexpected-pass"
std::optional<Verdict> verdict_from_string(const std::string& text);

// One line of the decoded transcript.
struct TranscriptLine {
  double seconds = 0;     // since the start of the case, on the clock that drove it
  std::string endpoint;   // "server", "alice"
  std::string direction;  // "sent", "received", "" for an event without one
  std::string kind;       // "stanza", "handshake", "opened", "closed", "note"
  std::string text;       // the stanza as text, or what happened
};

struct CaseResult {
  std::string id;                         // "server/keepalive/ping_is_answered_once"
  std::string layer;                      // "keepalive"
  std::string role;                       // "server", "client", "codec"
  std::string sentence;                   // what the case checks, in words
  std::vector<std::string> requirements;  // ids, the first being the one whose text a failure shows
  std::string stimulus;                   // groups loop expansions of one written case
  Verdict verdict = Verdict::kInconclusive;
  std::string message;               // why, for everything but a pass
  std::string expected;              // on failure: what should have come
  std::string actual;                // on failure: what came
  std::string expected_fail_reason;  // from the user's list
  std::vector<TranscriptLine> transcript;
  double seconds = 0;          // real time that the case took
  double virtual_seconds = 0;  // time that passed on its clock
  std::string reproduce;       // the command that runs this case alone
};

// What was tested.
struct Subject {
  std::string role;  // "server", "client", "codec", or all of them
  std::string how;   // "in process", a URL, or a command
  std::string name;  // "Doublecheck reference server", "Baileys"
  std::string version;
};

struct Run {
  std::string suite_version;
  std::string started_at;  // RFC 3339, UTC
  std::uint64_t seed = 0;
  double seconds = 0;
  Subject subject;
  std::string driver;  // "virtual time", "sockets" or "pipes"
  std::vector<CaseResult> cases;
};

// How many cases have which verdict.
std::map<Verdict, std::size_t> tally(const Run& run);

// A run is a success when something ran and nothing is red.
bool succeeded(const Run& run);

}  // namespace doublecheck::report
