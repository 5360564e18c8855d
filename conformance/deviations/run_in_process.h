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

// The reference, or the reference with this deviation.
report::CaseResult run_on_reference(const harness::Case& one);
report::CaseResult run_on_deviation(const harness::Case& one, const Deviation& deviation);

}  // namespace doublecheck::deviations
