#include "conformance/deviations/deviant_client.h"

#include <utility>

namespace doublecheck::deviations {

DeviantClient::DeviantClient(harness::VirtualDriver& driver, harness::ServerUnderTest& server,
                             client::Config config, const RandomSource& random,
                             client::Instruments instruments)
    : driver_(driver),
      server_(server),
      client_(std::move(config), std::nullopt, random, std::move(instruments)) {}

const std::set<std::string>& DeviantClient::capabilities() const {
  static const std::set<std::string> kAll{"trust_root", "push_name",     "keepalive", "qr_pairing",
                                          "logout",     "advance_clock", "reconnects"};
  return kAll;
}

client::CommandId DeviantClient::command(const client::Command& command) {
  const client::CommandId id = next_command_++;
  carry_out(client_.command(id, command, driver_.now()));
  return id;
}

void DeviantClient::open(client::ConnectionId connection) {
  connection_ = connection;
  const std::weak_ptr<DeviantClient*> alive = alive_;
  link_ = server_.connect({.on_bytes =
                               [alive, connection](ByteView bytes) {
                                 const auto self = alive.lock();
                                 if (!self) return;
                                 (*self)->carry_out((*self)->client_.received(
                                     connection, bytes, (*self)->driver_.now()));
                               },
                           .on_closed =
                               [alive, connection](const std::string& reason) {
                                 const auto self = alive.lock();
                                 if (!self) return;
                                 (*self)->carry_out((*self)->client_.closed(
                                     connection, reason, (*self)->driver_.now()));
                               }});
  driver_.after(Duration{1}, [alive, connection] {
    const auto self = alive.lock();
    if (!self || (*self)->connection_ != connection) return;
    (*self)->carry_out((*self)->client_.connected(connection, "memory", (*self)->driver_.now()));
  });
}

void DeviantClient::carry_out(client::Effects effects) {
  for (client::Effect& effect : effects) {
    if (const auto* opened = std::get_if<client::OpenCarrier>(&effect)) {
      open(opened->connection);
    } else if (const auto* send = std::get_if<client::Send>(&effect)) {
      if (link_ && send->connection == connection_) link_->send(send->bytes);
    } else if (const auto* close = std::get_if<client::CloseCarrier>(&effect)) {
      if (close->connection == connection_) link_.reset();
    } else if (auto* notify = std::get_if<client::Notify>(&effect)) {
      came(std::move(notify->event));
    }
  }
  schedule_tick();
}

// A tick too many does no harm, so none is ever taken back.
void DeviantClient::schedule_tick() {
  const auto deadline = client_.next_deadline();
  if (!deadline) return;
  driver_.at(*deadline, [alive = std::weak_ptr(alive_), due = *deadline] {
    const auto self = alive.lock();
    if (self && (*self)->client_.next_deadline() == due)
      (*self)->carry_out((*self)->client_.tick((*self)->driver_.now()));
  });
}

}  // namespace doublecheck::deviations
