#pragma once

#include <cstdint>
#include <string>

#include "harness/iut/codec_process.h"
#include "harness/iut/codec_under_test.h"
#include "harness/iut/server_under_test.h"
#include "harness/report/result.h"
#include "harness/suite/case.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/started.h"

// Runs one case to its verdict.
namespace doublecheck::harness {

// Everything random in the case comes from `seed` and the id of the case. `label` goes into the
// names of accounts, so that cases which share a server do not meet.
report::CaseResult run_server_case(const Case& one, ServerUnderTest& server, std::uint64_t seed,
                                   const std::string& label);

// A case against a client: one in this process, on virtual time …
report::CaseResult run_client_case(const Case& one, std::uint64_t seed,
                                   const MakeClient& make = reference_client());
// … or the one that an adapter process drives, started for this case alone.
struct AdapterOptions {
  std::string command;
  double time_scale = 1.0;
  WhenStarted when_started = {};
};
report::CaseResult run_client_case(const Case& one, const AdapterOptions& adapter,
                                   std::uint64_t seed);

// A case against a codec: one that is there …
report::CaseResult run_codec_case(const Case& one, CodecUnderTest& codec, std::uint64_t seed);
// … or a process that is started for this case alone, so that no case sees what another has left
// behind.
report::CaseResult run_codec_case(const Case& one, const CodecOptions& codec, std::uint64_t seed,
                                  const WhenStarted& when_started = {});
// … or the reference.
report::CaseResult run_codec_case(const Case& one, std::uint64_t seed);

// The result of a case before it has run: everything that is known without running it.
report::CaseResult describe_case(const Case& one);

}  // namespace doublecheck::harness
