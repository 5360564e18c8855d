#pragma once

#include <functional>
#include <memory>

#include "conformance/deviations/deviation.h"
#include "harness/driver/virtual_driver.h"
#include "harness/iut/codec_under_test.h"
#include "harness/iut/server_under_test.h"
#include "harness/report/result.h"
#include "harness/suite/case.h"
#include "harness/suite/client_stage.h"
#include "spec/base/random.h"

// Cases against implementations that are not the reference, in this process and on virtual time.
namespace doublecheck::deviations {

// Makes a server to be judged.
using MakeServer = std::function<std::unique_ptr<harness::ServerUnderTest>(harness::VirtualDriver&,
                                                                           const RandomSource&)>;

// Likewise a codec.
using MakeCodec = std::function<std::unique_ptr<harness::CodecUnderTest>(const RandomSource&)>;

report::CaseResult run_case(const harness::Case& one, const MakeServer& make);
report::CaseResult run_case(const harness::Case& one, const MakeCodec& make);
report::CaseResult run_case(const harness::Case& one, const harness::MakeClient& make);

// What is installed at the seams of the reference; of the tampers, that of the case's role counts.
struct Installation {
  server::Tamper* server_tamper = nullptr;
  client::Tamper* client_tamper = nullptr;
  CodecTamper codec_tamper = {};
  GuardObserver* guard = nullptr;
};

// The reference, with what is installed, or with this deviation.
report::CaseResult run_on_reference(const harness::Case& one, const Installation& installed = {});
report::CaseResult run_on_deviation(const harness::Case& one, const Deviation& deviation);

// Whether a violation was seen: a failure, or for a SHOULD a warning.
bool noticed(const report::CaseResult& result);

}  // namespace doublecheck::deviations
