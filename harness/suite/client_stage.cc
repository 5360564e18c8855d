#include "harness/suite/client_stage.h"

#include <utility>

#include "harness/driver/socket_driver.h"
#include "harness/driver/virtual_driver.h"
#include "harness/iut/adapter_process.h"
#include "harness/iut/in_process_client.h"
#include "harness/iut/in_process_server.h"
#include "harness/suite/temporary_folder.h"
#include "reference/net/server_host.h"
#include "spec/base/text_encoding.h"

namespace doublecheck::harness {
namespace {

constexpr const char* kPushName = "Client under test";

class VirtualStage final : public ClientStage {
 public:
  VirtualStage(VirtualDriver& driver, ScriptedServer& script, const RandomSource& random)
      : driver_(driver),
        server_(driver, {}, random, {.tamper = &script, .guard = nullptr, .recorder = &script}),
        client_(driver, server_, {.trust_root = {server_.trust_root()}, .push_name = kPushName},
                *random.fork("client under test", 0)) {}

  Driver& driver() override { return driver_; }
  ClientUnderTest& client() override { return client_; }
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

 private:
  VirtualDriver& driver_;
  InProcessServer server_;
  InProcessClient client_;
};

class SocketStage final : public ClientStage {
 public:
  SocketStage(SocketDriver& driver, ScriptedServer& script, const RandomSource& random)
      : driver_(driver),
        server_({}, random, clock_.now(),
                {.tamper = &script, .guard = nullptr, .recorder = &script}) {}

  Result<> start(const std::string& command) {
    auto host = net::ServerHost::start(driver_.io(), server_, clock_, {});
    if (!host) return propagate(host);
    host_ = std::move(*host);
    auto adapter = AdapterProcess::start(driver_, command);
    if (!adapter) return propagate(adapter);
    adapter_ = std::move(*adapter);
    return adapter_->configure(
        {.url = "ws://127.0.0.1:" + std::to_string(host_->http_port()) + "/ws/chat",
         .trust_root_hex = to_hex(server_.trust_root()),
         .state_dir = (folder_.path() / "state").string(),
         .push_name = kPushName,
         .connect_timeout_ms = 0,
         .keepalive_ms = 0,
         .insecure_tls = false});
  }

  Driver& driver() override { return driver_; }
  ClientUnderTest& client() override { return *adapter_; }
  server::AdminReply admin(const server::AdminCommand& command) override {
    return host_->admin(command);
  }
  const server::Server& server() const override { return server_; }
  void inject(ConnectionId connection, const wire::Node& stanza) override {
    host_->carry_out(server_.inject(connection, stanza, clock_.now()));
  }
  void inject_plaintext(ConnectionId connection, ByteView plaintext) override {
    host_->carry_out(server_.inject_plaintext(connection, plaintext, clock_.now()));
  }

 private:
  SocketDriver& driver_;
  net::SystemClock clock_;
  TemporaryFolder folder_;
  server::Server server_;
  std::unique_ptr<net::ServerHost> host_;
  std::unique_ptr<AdapterProcess> adapter_;
};

}  // namespace

std::unique_ptr<ClientStage> make_virtual_stage(VirtualDriver& driver, ScriptedServer& script,
                                                const RandomSource& random) {
  return std::make_unique<VirtualStage>(driver, script, random);
}

Result<std::unique_ptr<ClientStage>> make_socket_stage(SocketDriver& driver, ScriptedServer& script,
                                                       const RandomSource& random,
                                                       const std::string& command) {
  auto stage = std::make_unique<SocketStage>(driver, script, random);
  if (auto started = stage->start(command); !started) return propagate(started);
  return stage;
}

}  // namespace doublecheck::harness
