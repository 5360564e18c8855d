#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "harness/sim/disk.h"
#include "harness/sim/event_loop.h"
#include "harness/sim/network.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

namespace doublecheck::harness::sim {

// How a server goes down.
enum class Downfall {
  kStopped,   // its process ends: connections break, and what was written stays written
  kPowerCut,  // its machine ends: nobody is told, and what the disk was not sure of may be lost
};

// The reference server, as the host of a simulated network, with a disk.
class SimulatedServer {
 public:
  // Everything given here outlives the server; `random` is forked.
  SimulatedServer(EventLoop& loop, Network& network, Disk& disk, const RandomSource& random,
                  server::Instruments instruments);

  const PublicKey& trust_root() const { return trust_root_; }

  // What it knows; nullptr while it is down.
  const server::State* state() const { return core_ == nullptr ? nullptr : &core_->state(); }

  // An error while the server is down.
  server::AdminReply admin(const server::AdminCommand& command);

  // Goes down at once, and starts again from what the disk holds. Nothing while it is down already.
  void restart(Downfall downfall, Duration absence);

 private:
  void start();
  LinkHandlers accept(std::unique_ptr<NetworkLink> link);
  void apply(server::Effects effects);
  void persist(store::Transaction transaction);
  void schedule_tick();

  // Runs `action` at that time unless the server has gone down meanwhile.
  template <typename Action>
  void at(Instant when, Action action) {
    loop_.at(when, [this, life = life_, action = std::move(action)] {
      if (life == life_) action();
    });
  }

  EventLoop& loop_;
  Network& network_;
  Disk& disk_;
  std::unique_ptr<RandomSource> random_;
  server::Instruments instruments_;
  server::Config config_;
  PublicKey trust_root_{};

  std::uint64_t life_ = 0;                // how often it has started
  std::unique_ptr<server::Server> core_;  // nothing while it is down
  std::map<server::ConnectionId, std::unique_ptr<NetworkLink>> links_;
  server::ConnectionId next_connection_ = 1;
  std::optional<Instant> next_tick_;
  std::optional<store::Ticket> unsynchronised_;  // the last one written, while the disk works
};

}  // namespace doublecheck::harness::sim
