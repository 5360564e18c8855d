#include "harness/iut/in_process_client.h"

#include <utility>

namespace doublecheck::harness {

InProcessClient::InProcessClient(VirtualDriver& driver, ServerUnderTest& server,
                                 client::Config config, const RandomSource& random,
                                 client::Instruments instruments)
    : driver_(driver),
      server_(server),
      client_(std::move(config), std::nullopt, random, std::move(instruments)) {}

InProcessClient::~InProcessClient() = default;

const std::set<std::string>& InProcessClient::capabilities() const {
  static const std::set<std::string> kAll{
      "trust_root", "push_name",     "keepalive",    "qr_pairing", "code_pairing",
      "logout",     "send_text",     "receive_text", "receipts",   "mark_read",
      "presence",   "advance_clock", "reconnects",   "groups",     "presence_of_others"};
  return kAll;
}

client::CommandId InProcessClient::command(const client::Command& command) {
  const client::CommandId id = next_command_++;
  apply(client_.command(id, command, driver_.now()));
  return id;
}

void InProcessClient::open(client::ConnectionId connection) {
  connection_ = connection;
  const std::weak_ptr<InProcessClient*> alive = alive_;
  link_ = server_.connect(
      {.on_bytes =
           [alive, connection](ByteView bytes) {
             const auto self = alive.lock();
             if (!self) return;
             (*self)->apply((*self)->client_.received(connection, bytes, (*self)->driver_.now()));
           },
       .on_closed =
           [alive, connection](const std::string& reason) {
             const auto self = alive.lock();
             if (!self) return;
             (*self)->apply((*self)->client_.closed(connection, reason, (*self)->driver_.now()));
           }});
  // The carrier is up a moment later, as it would be anywhere.
  driver_.after(Duration{1}, [alive, connection] {
    const auto self = alive.lock();
    if (!self || (*self)->connection_ != connection) return;
    (*self)->apply((*self)->client_.connected(connection, "memory", (*self)->driver_.now()));
  });
}

void InProcessClient::apply(client::Effects effects) {
  for (client::Effect& effect : effects) {
    if (const auto* opened = std::get_if<client::OpenCarrier>(&effect)) {
      open(opened->connection);
    } else if (const auto* send = std::get_if<client::Send>(&effect)) {
      if (link_ && send->connection == connection_) link_->send(send->bytes);
    } else if (const auto* close = std::get_if<client::CloseCarrier>(&effect)) {
      if (link_ && close->connection == connection_) {
        link_->close();
        link_.reset();
      }
    } else if (auto* notify = std::get_if<client::Notify>(&effect)) {
      came(std::move(notify->event));
    }
  }
  schedule_tick();
}

void InProcessClient::schedule_tick() {
  const auto deadline = client_.next_deadline();
  if (!deadline || (next_tick_ && *next_tick_ <= *deadline)) return;
  next_tick_ = *deadline;
  const std::weak_ptr<InProcessClient*> alive = alive_;
  driver_.at(*deadline, [alive, due = *deadline] {
    const auto self = alive.lock();
    if (!self || (*self)->next_tick_ != due) return;
    (*self)->next_tick_.reset();
    (*self)->apply((*self)->client_.tick((*self)->driver_.now()));
  });
}

}  // namespace doublecheck::harness
