#include "harness/suite/live_server.h"

#include <utility>

#include "spec/base/text_encoding.h"

namespace doublecheck::harness {

LiveServer::LiveServer(SocketDriver& driver, const RandomSource& random,
                       server::Instruments instruments)
    : clock_(driver.clock()),
      server_({}, random, clock_.now(), instruments),
      sleeper_(driver, [this] {
        if (host_) host_->clock_changed();
      }) {}

Result<std::unique_ptr<LiveServer>> LiveServer::start(SocketDriver& driver,
                                                      const RandomSource& random,
                                                      server::Instruments instruments) {
  std::unique_ptr<LiveServer> live(new LiveServer(driver, random, instruments));
  auto host = net::ServerHost::start(driver.io(), live->server_, live->clock_, {});
  if (!host) return propagate(host);
  live->host_ = std::move(*host);
  return live;
}

AdapterConfiguration LiveServer::configuration(std::string state_dir, std::string push_name) const {
  return {.url = "ws://127.0.0.1:" + std::to_string(host_->http_port()) + "/ws/chat",
          .trust_root_hex = to_hex(server_.trust_root()),
          .state_dir = std::move(state_dir),
          .push_name = std::move(push_name),
          .connect_timeout_ms = 0,
          .keepalive_ms = 0,
          .insecure_tls = false};
}

}  // namespace doublecheck::harness
