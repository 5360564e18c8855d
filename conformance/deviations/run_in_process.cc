#include "conformance/deviations/run_in_process.h"

#include <utility>

#include "conformance/deviations/deviant_client.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/client_bench.h"
#include "harness/suite/client_stage.h"
#include "harness/suite/run_case.h"

namespace doublecheck::deviations {
namespace {

constexpr std::uint64_t kSeed = 1;

// The reference server, as a script wants it, and a client of any making.
class MemoryStage final : public harness::ClientStage {
 public:
  MemoryStage(harness::VirtualDriver& driver, harness::ScriptedServer& script,
              const RandomSource& random, const MakeClient& make)
      : driver_(driver),
        server_(driver, {}, random, {.tamper = &script, .guard = nullptr, .recorder = &script}),
        client_(make(driver, server_,
                     {.trust_root = {server_.trust_root()}, .push_name = "Client under test"},
                     *random.fork("client under test"))) {}

  harness::Driver& driver() override { return driver_; }
  harness::ClientUnderTest& client() override { return *client_; }
  server::AdminReply admin(const server::AdminCommand& command) override {
    return server_.admin(command);
  }
  const server::Server& server() const override { return server_.core(); }
  void inject(server::ConnectionId connection, const wire::Node& stanza) override {
    server_.apply(server_.core().inject(connection, stanza, driver_.now()));
  }
  void inject_plaintext(server::ConnectionId connection, ByteView plaintext) override {
    server_.apply(server_.core().inject_plaintext(connection, plaintext, driver_.now()));
  }

 private:
  harness::VirtualDriver& driver_;
  harness::InProcessServer server_;
  std::unique_ptr<harness::ClientUnderTest> client_;
};

UnixTime start() { return UnixTime::from_seconds(harness::kVirtualEpoch); }

}  // namespace

report::CaseResult run_case(const harness::Case& one, const MakeServer& make) {
  harness::VirtualDriver driver(start());
  const auto server = make(driver, SeededRandom(kSeed));
  return harness::run_server_case(one, *server, kSeed, one.id());
}

report::CaseResult run_case(const harness::Case& one, const MakeClient& make) {
  const auto random = SeededRandom(kSeed).fork(one.id(), 0);
  harness::VirtualDriver driver(start());
  harness::Transcript transcript(driver);
  harness::ScriptedServer script(transcript);
  MemoryStage stage(driver, script, *random, make);
  harness::ClientBench bench(stage, script, random->fork("case", 0));
  report::CaseResult result = harness::describe_case(one);
  harness::conclude(one, result, [&] {
    for (const std::string_view capability : one.capabilities) bench.need(std::string(capability));
    one.run_against_client(bench);
  });
  if (result.verdict != report::Verdict::kPass) result.transcript = transcript.take();
  return result;
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
  return run_case(
      one, MakeClient([&](harness::VirtualDriver& driver, harness::ServerUnderTest& server,
                          const client::Config& config, const RandomSource& random) {
        client::Instruments instruments;
        instruments.guard = observer;
        instruments.tamper = tamper.get();
        return std::make_unique<DeviantClient>(driver, server, config, random, instruments);
      }));
}

}  // namespace doublecheck::deviations
