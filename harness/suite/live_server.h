#pragma once

#include <memory>
#include <string>

#include "harness/driver/socket_driver.h"
#include "harness/iut/adapter_json.h"
#include "reference/net/clock.h"
#include "reference/net/server_host.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

// The reference server on loopback sockets, on ports that the system chooses, for client libraries
// in adapter processes beside it.
namespace doublecheck::harness {

class LiveServer {
 public:
  // It lives by the clock of the driver.
  static Result<std::unique_ptr<LiveServer>> start(SocketDriver& driver, const RandomSource& random,
                                                   server::Instruments instruments = {});

  // How a client is told to connect to it.
  AdapterConfiguration configuration(std::string state_dir, std::string push_name) const;

  server::AdminReply admin(const server::AdminCommand& command) { return host_->admin(command); }
  const server::Server& core() const { return server_; }
  void inject(server::ConnectionId connection, const wire::Node& stanza) {
    host_->carry_out(server_.inject(connection, stanza, clock_.now()));
  }
  void inject_plaintext(server::ConnectionId connection, ByteView plaintext) {
    host_->carry_out(server_.inject_plaintext(connection, plaintext, clock_.now()));
  }

 private:
  LiveServer(SocketDriver& driver, const RandomSource& random, server::Instruments instruments);

  const net::Clock& clock_;
  server::Server server_;
  std::unique_ptr<net::ServerHost> host_;
  SocketDriver::Sleeper sleeper_;
};

}  // namespace doublecheck::harness
