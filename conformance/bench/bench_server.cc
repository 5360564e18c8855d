#include "conformance/bench/bench_server.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "harness/driver/virtual_driver.h"
#include "harness/suite/verdict.h"

namespace doublecheck::bench {

using harness::Link;
using harness::LinkHandlers;
using server::ConnectionId;

// The peer's end of a connection.
class BenchServer::End final : public Link {
 public:
  End(BenchServer& server, ConnectionId id) : server_(server), id_(id) {}
  ~End() override { server_.peers_.erase(id_); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  void send(ByteView bytes) override {
    server_.events_.emplace_back([&server = server_, id = id_, bytes = to_bytes(bytes)] {
      server.apply(server.server_.received(id, bytes, server.now()));
    });
  }
  void close() override { reset(); }
  void reset() override {
    server_.events_.emplace_back(
        [&server = server_, id = id_] { server.apply(server.server_.closed(id, server.now())); });
  }

 private:
  BenchServer& server_;
  ConnectionId id_;
};

BenchServer::BenchServer(const RandomSource& random) : server_({}, random, now()) {}

Result<> BenchServer::keep_in(store::SqliteStore store) {
  auto records = store.load();
  if (!records) return propagate(records);
  auto effects = server_.restore(*records, now());
  if (!effects) return propagate(effects);
  writer_.emplace(disk_.io(), std::move(store),
                  net::StoreWriter::Handlers{
                      .on_durable =
                          [this](store::Ticket ticket) {
                            durable_ = ticket;
                            apply(server_.persisted(ticket, now()));
                          },
                      .on_failed = [](const std::string& why) { harness::inconclusive(why); }});
  apply(*std::move(effects));
  return {};
}

std::unique_ptr<Link> BenchServer::connect(LinkHandlers handlers) {
  const ConnectionId id = next_connection_++;
  peers_[id] = std::move(handlers);
  apply(server_.opened(id, "memory", now()));
  return std::make_unique<End>(*this, id);
}

void BenchServer::hang_up() {
  while (!server_.state().sessions.empty())
    apply(server_.closed(server_.state().sessions.begin()->first, now()));
}

Result<server::PairedDevice> BenchServer::scan(const std::string& qr_text) {
  return administer(
      server::ScanQr{.text = qr_text, .account = {}, .fault = server::PairFault::kNone});
}

Result<server::PairedDevice> BenchServer::enter_code(const std::string& phone_number,
                                                     const std::string& code) {
  return administer(server::EnterCode{phone_number, code});
}

Result<server::PairedDevice> BenchServer::administer(const server::AdminCommand& command) {
  server::Effects effects;
  const server::AdminReply reply = server_.admin(command, now(), effects);
  apply(std::move(effects));
  if (!reply) return fail(reply.error().code, reply.error().message);
  return std::get<server::PairedDevice>(*reply);
}

bool BenchServer::advance_clock(Duration by) {
  pass(by);
  return true;
}

Now BenchServer::now() const {
  return {.steady = steady_,
          .wall = UnixTime::from_seconds(harness::kVirtualEpoch) + steady_.since_start};
}

bool BenchServer::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant deadline = steady_ + limit;
  while (!done()) {
    if (!events_.empty()) {
      const std::function<void()> event = std::move(events_.front());
      events_.pop_front();
      event();
    } else if (asked_ != durable_) {
      wait_for_disk();
    } else if (!jump(deadline)) {
      return done();
    }
  }
  return true;
}

void BenchServer::pass(Duration duration) {
  const Instant end = steady_ + duration;
  run_until([] { return false; }, duration);
  steady_ = end;
}

void BenchServer::wait_for_disk() {
  const store::Ticket before = durable_;
  if (!disk_.run_until([&] { return durable_ != before; }, std::chrono::seconds(60)))
    harness::inconclusive("the disk takes longer than a minute");
}

bool BenchServer::jump(Instant limit) {
  const std::optional<Instant> next = server_.next_deadline();
  if (!next || *next > limit) return false;
  steady_ = std::max(steady_, *next);
  apply(server_.tick(now()));
  return true;
}

void BenchServer::apply(server::Effects effects) {
  for (server::Effect& effect : effects) {
    std::visit([this](auto& wanted) { apply_one(wanted); }, effect);
  }
  server_.take_log();  // which would grow
}

void BenchServer::apply_one(server::Send& send) {
  events_.emplace_back([this, id = send.connection, frame = std::move(send.frame)] {
    const auto peer = peers_.find(id);
    if (peer != peers_.end()) peer->second.on_bytes(frame);
  });
}

void BenchServer::apply_one(server::Close& close) {
  events_.emplace_back([this, id = close.connection, reason = close.reason] {
    const auto peer = peers_.extract(id);
    if (peer) peer.mapped().on_closed(reason);
  });
  apply(server_.closed(close.connection, now()));
}

void BenchServer::apply_one(server::Persist& persist) {
  asked_ = persist.transaction.ticket;
  writer_->write(std::move(persist.transaction));
}

}  // namespace doublecheck::bench
