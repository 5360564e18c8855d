#include "harness/sim/simulated_server.h"

#include <utility>

namespace doublecheck::harness::sim {

SimulatedServer::SimulatedServer(EventLoop& loop, Network& network, const RandomSource& random,
                                 server::Instruments instruments)
    : loop_(loop), core_({}, random, loop.now(), instruments) {
  network.listen([this](std::unique_ptr<NetworkLink> link) { return accept(std::move(link)); });
}

LinkHandlers SimulatedServer::accept(std::unique_ptr<NetworkLink> link) {
  const server::ConnectionId id = next_connection_++;
  links_[id] = std::move(link);
  apply(core_.opened(id, "memory", loop_.now()));
  return {.on_bytes = [this, id](ByteView bytes) { apply(core_.received(id, bytes, loop_.now())); },
          .on_closed =
              [this, id](const std::string&) {
                links_.erase(id);
                apply(core_.closed(id, loop_.now()));
              }};
}

void SimulatedServer::apply(server::Effects effects) {
  for (server::Effect& effect : effects) {
    if (const auto* send = std::get_if<server::Send>(&effect)) {
      const auto link = links_.find(send->connection);
      if (link != links_.end()) link->second->send(send->frame);
    } else if (const auto* close = std::get_if<server::Close>(&effect)) {
      const auto link = links_.find(close->connection);
      if (link == links_.end()) continue;
      if (close->abrupt) link->second->reset();
      links_.erase(link);  // which closes
      apply(core_.closed(close->connection, loop_.now()));
    }
  }
  schedule_tick();
}

void SimulatedServer::schedule_tick() {
  const auto deadline = core_.next_deadline();
  if (!deadline || (next_tick_ && *next_tick_ <= *deadline)) return;
  next_tick_ = *deadline;
  loop_.at(*deadline, [this, due = *deadline] {
    if (next_tick_ != due) return;
    next_tick_.reset();
    apply(core_.tick(loop_.now()));
  });
}

server::AdminReply SimulatedServer::admin(const server::AdminCommand& command) {
  server::Effects effects;
  server::AdminReply reply = core_.admin(command, loop_.now(), effects);
  apply(std::move(effects));
  return reply;
}

}  // namespace doublecheck::harness::sim
