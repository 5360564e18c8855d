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

report::CaseResult run_on_reference(const harness::Case& one) {
  // Views of literals: the name has to outlive the deviation.
  const std::string_view nothing = one.role() == "server"   ? "server/"
                                   : one.role() == "client" ? "client/"
                                                            : "codec/";
  return run_on_deviation(
      one, {.name = nothing, .sentence = {}, .violates = one.checks.front(), .caught_by = {}});
}

report::CaseResult run_on_deviation(const harness::Case& one, const Deviation& deviation) {
  std::optional<ForcedGuard> guard = deviation.guard;
  GuardObserver* const observer = guard ? &*guard : nullptr;
  if (deviation.role() == "codec") {
    return run_case(one, MakeCodec([&](const RandomSource& random) {
                      const Guard observed = observer != nullptr ? Guard(*observer) : Guard();
                      return std::make_unique<TamperedCodec>(
                          random, observed,
                          deviation.codec_tamper ? deviation.codec_tamper() : CodecTamper());
                    }));
  }
  if (deviation.role() == "server") {
    const auto tamper = deviation.server_tamper ? deviation.server_tamper() : nullptr;
    return run_case(
        one, MakeServer([&](harness::VirtualDriver& driver, const RandomSource& random) {
          return std::make_unique<harness::InProcessServer>(
              driver, server::Config{}, random,
              server::Instruments{.tamper = tamper.get(), .guard = observer, .recorder = nullptr});
        }));
  }
  const auto tamper = deviation.client_tamper ? deviation.client_tamper() : nullptr;
  client::Instruments instruments;
  instruments.guard = observer;
  instruments.tamper = tamper.get();
  return run_case(one, harness::reference_client(instruments));
}

}  // namespace doublecheck::deviations
