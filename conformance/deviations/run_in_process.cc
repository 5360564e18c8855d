#include "conformance/deviations/run_in_process.h"

#include <utility>

#include "harness/iut/in_process_server.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/run_case.h"

namespace doublecheck::deviations {
namespace {

constexpr std::uint64_t kSeed = 1;

}  // namespace

report::CaseResult run_case(const harness::Case& one, const MakeServer& make) {
  harness::VirtualDriver driver;
  const auto server = make(driver, SeededRandom(kSeed));
  return harness::run_server_case(one, *server, kSeed, one.id());
}

report::CaseResult run_case(const harness::Case& one, const harness::MakeClient& make) {
  return harness::run_client_case(one, kSeed, make);
}

report::CaseResult run_case(const harness::Case& one, const MakeCodec& make) {
  const auto codec = make(SeededRandom(kSeed));
  return harness::run_codec_case(one, *codec, kSeed);
}

report::CaseResult run_on_reference(const harness::Case& one, const Installation& installed) {
  if (one.role() == "codec") {
    return run_case(one, MakeCodec([&](const RandomSource& random) {
                      const Guard guard =
                          installed.guard != nullptr ? Guard(*installed.guard) : Guard();
                      return std::make_unique<TamperedCodec>(random, guard, installed.codec_tamper);
                    }));
  }
  if (one.role() == "server") {
    return run_case(one,
                    MakeServer([&](harness::VirtualDriver& driver, const RandomSource& random) {
                      return std::make_unique<harness::InProcessServer>(
                          driver, server::Config{}, random,
                          server::Instruments{.tamper = installed.server_tamper,
                                              .guard = installed.guard,
                                              .recorder = nullptr});
                    }));
  }
  client::Instruments instruments;
  instruments.guard = installed.guard;
  instruments.tamper = installed.client_tamper;
  return run_case(one, harness::reference_client(instruments));
}

report::CaseResult run_on_deviation(const harness::Case& one, const Deviation& deviation) {
  std::optional<ForcedGuard> guard = deviation.guard;
  const auto server_tamper = deviation.server_tamper ? deviation.server_tamper() : nullptr;
  const auto client_tamper = deviation.client_tamper ? deviation.client_tamper() : nullptr;
  return run_on_reference(
      one, {.server_tamper = server_tamper.get(),
            .client_tamper = client_tamper.get(),
            .codec_tamper = deviation.codec_tamper ? deviation.codec_tamper() : CodecTamper(),
            .guard = guard ? &*guard : nullptr});
}

bool noticed(const report::CaseResult& result) {
  return result.verdict == report::Verdict::kFail || result.verdict == report::Verdict::kWarn;
}

}  // namespace doublecheck::deviations
