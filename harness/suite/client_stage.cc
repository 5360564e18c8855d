#include "harness/suite/client_stage.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "harness/driver/socket_driver.h"
#include "harness/driver/virtual_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/iut/in_process_client.h"
#include "harness/iut/in_process_server.h"
#include "harness/iut/socket_client.h"
#include "harness/suite/live_server.h"
#include "harness/suite/temporary_folder.h"
#include "reference/net/url.h"
#include "spec/base/random.h"

namespace doublecheck::harness {
namespace {

constexpr const char* kPushName = "Client under test";

// Of a clock that is moved beside real sockets: less than anybody waits for an answer, and the real
// time that an answer needs.
constexpr Duration kClockStep = std::chrono::seconds(2);
constexpr Duration kStepSettles = std::chrono::milliseconds(2);

class VirtualStage final : public ClientStage {
 public:
  VirtualStage(VirtualDriver& driver, ScriptedServer& script, const RandomSource& random,
               const MakeClient& make)
      : driver_(driver),
        server_(driver, {}, random, {.tamper = &script, .guard = nullptr, .recorder = &script}),
        random_(random.fork("stage", 0)),
        make_(make),
        client_(make_client()) {}

  Driver& driver() override { return driver_; }
  ClientUnderTest& client() override { return *client_; }
  bool has_clock() override { return true; }
  void pass(Duration duration) override { driver_.pass(duration); }
  server::AdminReply admin(const server::AdminCommand& command) override {
    return server_.admin(command);
  }
  const server::Server& server() const override { return server_.core(); }
  void inject(ConnectionId connection, const wire::Node& stanza) override {
    server_.apply(server_.core().inject(connection, stanza, driver_.now()));
  }
  void inject_plaintext(ConnectionId connection, ByteView plaintext) override {
    server_.apply(server_.core().inject_plaintext(connection, plaintext, driver_.now()));
  }
  std::unique_ptr<ClientUnderTest> make_another() override { return make_client(); }
  std::unique_ptr<ReferenceClient> make_contact(const std::string& name) override {
    return std::make_unique<InProcessClient>(
        driver_, server_, client::Config{.trust_root = {server_.trust_root()}, .push_name = name},
        *random_->fork("contact", next_contact_++));
  }

 private:
  std::unique_ptr<ClientUnderTest> make_client() {
    return make_(driver_, server_, {.trust_root = {server_.trust_root()}, .push_name = kPushName},
                 *random_->fork("client under test", next_client_++));
  }

  VirtualDriver& driver_;
  InProcessServer server_;
  std::unique_ptr<RandomSource> random_;
  MakeClient make_;
  std::uint64_t next_contact_ = 0;
  std::uint64_t next_client_ = 0;
  std::unique_ptr<ClientUnderTest> client_;
};

class SocketStage final : public ClientStage {
 public:
  explicit SocketStage(SocketDriver& driver) : driver_(driver) {}

  Result<> start(ScriptedServer& script, const RandomSource& random, const std::string& command,
                 const WhenStarted& when_started) {
    auto server = LiveServer::start(driver_, random,
                                    {.tamper = &script, .guard = nullptr, .recorder = &script});
    if (!server) return propagate(server);
    server_ = std::move(*server);
    command_ = command;
    auto adapter = start_adapter();
    if (!adapter) return propagate(adapter);
    adapter_ = std::move(*adapter);
    if (when_started) when_started({adapter_->process_id(), server_->configuration({}, {}).url});
    return {};
  }

  Driver& driver() override { return driver_; }
  ClientUnderTest& client() override { return *adapter_; }
  bool has_clock() override { return adapter_->capabilities().contains("advance_clock"); }
  // In steps, between which what each step has set off takes its way over the sockets.
  void pass(Duration duration) override {
    while (duration > Duration{} && !adapter_->ended()) {
      const Duration step = std::min(duration, kClockStep);
      duration -= step;
      driver_.advance(step);
      adapter_->advance_clock(step);
      driver_.run_until([this] { return adapter_->ended().has_value(); }, kStepSettles);
    }
  }
  server::AdminReply admin(const server::AdminCommand& command) override {
    return server_->admin(command);
  }
  const server::Server& server() const override { return server_->core(); }
  void inject(ConnectionId connection, const wire::Node& stanza) override {
    server_->inject(connection, stanza);
  }
  void inject_plaintext(ConnectionId connection, ByteView plaintext) override {
    server_->inject_plaintext(connection, plaintext);
  }
  std::unique_ptr<ClientUnderTest> make_another() override {
    auto another = start_adapter();
    return another ? std::move(*another) : nullptr;
  }
  std::unique_ptr<ReferenceClient> make_contact(const std::string& name) override {
    const auto url = net::parse_url(server_->configuration({}, name).url);
    return std::make_unique<SocketClient>(
        driver_, *url,
        client::Config{.trust_root = {server_->core().trust_root()}, .push_name = name},
        SystemRandom());
  }

 private:
  Result<std::unique_ptr<AdapterProcess>> start_adapter() {
    auto adapter = AdapterProcess::start(driver_, command_);
    if (!adapter) return adapter;
    const std::string folder = "state-" + std::to_string(next_adapter_++);
    auto configured = (*adapter)->configure(
        server_->configuration((folder_.path() / folder).string(), kPushName));
    if (!configured) return propagate(configured);
    return adapter;
  }

  SocketDriver& driver_;
  TemporaryFolder folder_;
  std::string command_;
  std::uint64_t next_adapter_ = 0;
  std::unique_ptr<LiveServer> server_;
  std::unique_ptr<AdapterProcess> adapter_;
};

}  // namespace

MakeClient reference_client(const client::Instruments& instruments) {
  return [instruments](VirtualDriver& driver, ServerUnderTest& server, const client::Config& config,
                       const RandomSource& random) {
    return std::make_unique<InProcessClient>(driver, server, config, random, instruments);
  };
}

std::unique_ptr<ClientStage> make_virtual_stage(VirtualDriver& driver, ScriptedServer& script,
                                                const RandomSource& random,
                                                const MakeClient& make) {
  return std::make_unique<VirtualStage>(driver, script, random, make);
}

Result<std::unique_ptr<ClientStage>> make_socket_stage(SocketDriver& driver, ScriptedServer& script,
                                                       const RandomSource& random,
                                                       const std::string& command,
                                                       const WhenStarted& when_started) {
  auto stage = std::make_unique<SocketStage>(driver);
  if (auto started = stage->start(script, random, command, when_started); !started)
    return propagate(started);
  return stage;
}

}  // namespace doublecheck::harness
