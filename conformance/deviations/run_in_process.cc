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

report::CaseResult run_on_reference(const harness::Case& one) {
  return run_on_deviation(one, {.name = one.role() == "server" ? "server/" : "client/",
                                .sentence = {},
                                .violates = one.checks.front(),
                                .caught_by = {}});
}

report::CaseResult run_on_deviation(const harness::Case& one, const Deviation& deviation) {
  std::optional<ForcedGuard> guard = deviation.guard;
  GuardObserver* const observer = guard ? &*guard : nullptr;
  if (deviation.is_server()) {
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
