#pragma once

#include <string>
#include <string_view>

#include "harness/report/result.h"
#include "spec/base/bytes.h"

// A transcript as a capture that Wireshark opens (pcapng, as in draft-ietf-opsawg-pcapng).
//
// What went over the wire was encrypted, so the packets are made up: each endpoint of the
// transcript is a TCP connection of its own between addresses that are kept for documentation, and
// carries the decoded stanzas as text, one a line. Every packet has its line of the transcript as
// its comment, and so do packets without data for what was no traffic. The section's comment says
// which case it was and how it ended.
namespace doublecheck::report {

Bytes to_pcapng(const CaseResult& result, std::string_view suite_version);

}  // namespace doublecheck::report
