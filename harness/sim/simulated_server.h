#pragma once

#include <map>
#include <memory>
#include <optional>

#include "harness/sim/event_loop.h"
#include "harness/sim/network.h"
#include "reference/server/server.h"

namespace doublecheck::harness::sim {

// The reference server, as the host of a simulated network.
class SimulatedServer {
 public:
  SimulatedServer(EventLoop& loop, Network& network, const RandomSource& random,
                  server::Instruments instruments);

  const PublicKey& trust_root() const { return core_.trust_root(); }
  server::AdminReply admin(const server::AdminCommand& command);

 private:
  LinkHandlers accept(std::unique_ptr<NetworkLink> link);
  void apply(server::Effects effects);
  void schedule_tick();

  EventLoop& loop_;
  server::Server core_;
  std::map<server::ConnectionId, std::unique_ptr<NetworkLink>> links_;
  server::ConnectionId next_connection_ = 1;
  std::optional<Instant> next_tick_;
};

}  // namespace doublecheck::harness::sim
