#include "harness/iut/in_process_server.h"

#include <utility>

namespace doublecheck::harness {
namespace {

// What a loopback connection takes, roughly; anything above zero separates cause from effect in
// transcripts.
constexpr Duration kLatency = std::chrono::microseconds(100);

// What a disk takes to be sure.
constexpr Duration kCommitTime = std::chrono::milliseconds(2);

Result<server::PairedDevice> paired_device(const server::AdminReply& reply) {
  if (!reply) return fail("scan", reply.error().code + ": " + reply.error().message);
  return std::get<server::PairedDevice>(*reply);
}

}  // namespace

InProcessServer::InProcessServer(VirtualDriver& driver, server::Config config,
                                 const RandomSource& random, server::Instruments instruments)
    : driver_(driver), server_(std::move(config), random, driver.now(), instruments) {}

std::unique_ptr<Link> InProcessServer::connect(LinkHandlers handlers) {
  const server::ConnectionId id = next_connection_++;
  const std::weak_ptr<InProcessServer*> alive = alive_;
  LinkHandlers server_side{
      .on_bytes =
          [alive, id](ByteView bytes) {
            const auto self = alive.lock();
            if (!self) return;
            (*self)->apply((*self)->server_.received(id, bytes, (*self)->driver_.now()));
          },
      .on_closed =
          [alive, id](const std::string&) {
            const auto self = alive.lock();
            if (!self) return;
            (*self)->links_.erase(id);
            (*self)->apply((*self)->server_.closed(id, (*self)->driver_.now()));
          }};
  auto [client_end, server_end] =
      make_memory_pipe(driver_, kLatency, std::move(handlers), std::move(server_side));
  links_[id] = std::move(server_end);
  apply(server_.opened(id, "memory", driver_.now()));
  return std::move(client_end);
}

void InProcessServer::apply(server::Effects effects) {
  for (server::Effect& effect : effects) {
    if (auto* send = std::get_if<server::Send>(&effect)) {
      const auto link = links_.find(send->connection);
      if (link != links_.end()) link->second->send(send->frame);
    } else if (const auto* close = std::get_if<server::Close>(&effect)) {
      const auto link = links_.find(close->connection);
      if (link == links_.end()) continue;
      if (close->abrupt) {
        link->second->reset();
      } else {
        link->second->close();
      }
      links_.erase(link);
      apply(server_.closed(close->connection, driver_.now()));
    } else if (const auto* persist = std::get_if<server::Persist>(&effect)) {
      store_->commit(persist->transaction);
      const std::weak_ptr<InProcessServer*> alive = alive_;
      driver_.after(kCommitTime, [alive, ticket = persist->transaction.ticket] {
        if (const auto self = alive.lock())
          (*self)->apply((*self)->server_.persisted(ticket, (*self)->driver_.now()));
      });
    }
  }
  schedule_tick();
}

Result<> InProcessServer::keep_in(store::MemoryStore& store) {
  store_ = &store;
  auto effects = server_.restore(store.load(), driver_.now());
  if (!effects) return propagate(effects);
  apply(std::move(*effects));
  return {};
}

void InProcessServer::schedule_tick() {
  const auto deadline = server_.next_deadline();
  if (!deadline || (next_tick_ && *next_tick_ <= *deadline)) return;
  next_tick_ = *deadline;
  const std::weak_ptr<InProcessServer*> alive = alive_;
  driver_.at(*deadline, [alive, due = *deadline] {
    const auto self = alive.lock();
    if (!self || (*self)->next_tick_ != due) return;
    (*self)->next_tick_.reset();
    (*self)->apply((*self)->server_.tick((*self)->driver_.now()));
  });
}

server::AdminReply InProcessServer::admin(const server::AdminCommand& command) {
  server::Effects effects;
  server::AdminReply reply = server_.admin(command, driver_.now(), effects);
  apply(std::move(effects));
  return reply;
}

Result<server::PairedDevice> InProcessServer::scan(const std::string& qr_text) {
  return paired_device(
      admin(server::ScanQr{.text = qr_text, .account = {}, .fault = server::PairFault::kNone}));
}

Result<server::PairedDevice> InProcessServer::enter_code(const std::string& phone_number,
                                                         const std::string& code) {
  return paired_device(admin(server::EnterCode{phone_number, code}));
}

Result<> InProcessServer::change_account(const std::string& account,
                                         const server::AccountSettings& settings) {
  const auto reply = admin(server::ChangeAccount{account, settings});
  if (!reply) return fail("control", reply.error().message);
  return {};
}

Result<> InProcessServer::replace_phone(const std::string& account) {
  const auto reply = admin(server::ReplacePhone{account});
  if (!reply) return fail("control", reply.error().message);
  return {};
}

}  // namespace doublecheck::harness
