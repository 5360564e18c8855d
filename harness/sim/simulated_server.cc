#include "harness/sim/simulated_server.h"

#include <stdexcept>
#include <utility>
#include <variant>

#include "harness/sim/drawing.h"

namespace doublecheck::harness::sim {
namespace {

// What a disk takes to be sure.
constexpr Duration kLongestSync = std::chrono::milliseconds(50);

}  // namespace

SimulatedServer::SimulatedServer(EventLoop& loop, Network& network, Disk& disk,
                                 const RandomSource& random, server::Instruments instruments)
    : loop_(loop),
      network_(network),
      disk_(disk),
      random_(random.fork("lives", 0)),
      instruments_(instruments) {
  start();
  trust_root_ = core_->trust_root();
}

void SimulatedServer::start() {
  ++life_;
  core_ = std::make_unique<server::Server>(config_, *random_->fork("life", life_), loop_.now(),
                                           instruments_);
  auto effects = core_->restore(disk_.load(), loop_.now());
  // A disk that holds what no server wrote is a fault of the server that is simulated.
  if (!effects) throw std::runtime_error(effects.error().to_string());
  apply(std::move(*effects));
  network_.listen([this](std::unique_ptr<NetworkLink> link) { return accept(std::move(link)); });
}

void SimulatedServer::restart(Downfall downfall, Duration absence) {
  if (core_ == nullptr) return;
  config_ = core_->state().config;  // which an operator would give it again
  ++life_;
  network_.stop_listening();
  for (auto& [id, link] : links_) {
    if (downfall == Downfall::kPowerCut) {
      link->vanish();
    } else {
      link->reset();
    }
  }
  links_.clear();
  core_.reset();
  next_tick_.reset();
  unsynchronised_.reset();
  if (downfall == Downfall::kPowerCut) disk_.cut_power();
  loop_.after(absence, [this] { start(); });
}

LinkHandlers SimulatedServer::accept(std::unique_ptr<NetworkLink> link) {
  const server::ConnectionId id = next_connection_++;
  links_[id] = std::move(link);
  apply(core_->opened(id, "memory", loop_.now()));
  return {.on_bytes =
              [this, id](ByteView bytes) {
                if (links_.contains(id)) apply(core_->received(id, bytes, loop_.now()));
              },
          .on_closed =
              [this, id](const std::string&) {
                if (links_.erase(id) > 0) apply(core_->closed(id, loop_.now()));
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
      apply(core_->closed(close->connection, loop_.now()));
    } else if (auto* wanted = std::get_if<server::Persist>(&effect)) {
      persist(std::move(wanted->transaction));
    }
  }
  schedule_tick();
}

void SimulatedServer::persist(store::Transaction transaction) {
  const bool busy = unsynchronised_.has_value();
  unsynchronised_ = transaction.ticket;
  disk_.write(std::move(transaction));
  if (busy) return;
  at(loop_.now().steady + draw_between(Duration{0}, kLongestSync, *random_), [this] {
    disk_.sync();
    apply(core_->persisted(*std::exchange(unsynchronised_, std::nullopt), loop_.now()));
  });
}

void SimulatedServer::schedule_tick() {
  const auto deadline = core_->next_deadline();
  if (!deadline || (next_tick_ && *next_tick_ <= *deadline)) return;
  next_tick_ = *deadline;
  at(*deadline, [this, due = *deadline] {
    if (next_tick_ != due) return;
    next_tick_.reset();
    apply(core_->tick(loop_.now()));
  });
}

server::AdminReply SimulatedServer::admin(const server::AdminCommand& command) {
  if (core_ == nullptr)
    return std::unexpected(server::AdminError{503, "down", "the server is down"});
  server::Effects effects;
  server::AdminReply reply = core_->admin(command, loop_.now(), effects);
  apply(std::move(effects));
  return reply;
}

}  // namespace doublecheck::harness::sim
