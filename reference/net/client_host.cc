#include "reference/net/client_host.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace doublecheck::net {

class ClientHost::Impl {
 public:
  Impl(boost::asio::io_context& io, client::Client& core, Url url, ConnectOptions options,
       const Clock& clock, ClientHostHandlers handlers)
      : io_(io),
        client_(core),
        url_(std::move(url)),
        options_(std::move(options)),
        clock_(clock),
        handlers_(std::move(handlers)),
        timer_(io) {}

  void command(client::CommandId id, const client::Command& wanted) {
    if (!failed_) carry_out(client_.command(id, wanted, clock_.now()));
  }

  // Time has passed, or the clock was moved.
  void look_at_clock() {
    const std::optional<Instant> due = failed_ ? std::nullopt : client_.next_deadline();
    if (due && *due <= clock_.now().steady) {
      carry_out(client_.tick(clock_.now()));
    } else {
      arm_timer();
    }
  }

 private:
  // Effects come in order: those of a command that an event leads to follow the ones that were
  // there before.
  void carry_out(client::Effects effects) {
    for (client::Effect& effect : effects) waiting_.push_back(std::move(effect));
    if (busy_) return;
    busy_ = true;
    while (!waiting_.empty()) {
      const client::Effect effect = std::move(waiting_.front());
      waiting_.pop_front();
      std::visit([this](const auto& wanted) { carry_out_one(wanted); }, effect);
    }
    busy_ = false;
    arm_timer();
  }

  void carry_out_one(const client::OpenCarrier& open) {
    connection_ = open.connection;
    carrier_ = connect(
        io_, url_, options_,
        {.on_open =
             [this, id = open.connection] {
               carry_out(client_.connected(id, std::string(to_string(url_.scheme)), clock_.now()));
             },
         .on_bytes = [this, id = open.connection](
                         ByteView bytes) { carry_out(client_.received(id, bytes, clock_.now())); },
         .on_closed =
             [this, id = open.connection](CloseReason reason, const std::string& details) {
               carry_out(client_.closed(id, std::string(to_string(reason)) + ": " + details,
                                        clock_.now()));
             }});
  }
  void carry_out_one(const client::Send& send) {
    if (carrier_ && send.connection == connection_) carrier_->send(send.bytes);
  }
  void carry_out_one(const client::CloseCarrier& close) {
    if (!carrier_ || close.connection != connection_) return;
    carrier_->close();
    // It finishes by itself, and nobody hears of it.
    closing_ = std::move(carrier_);
  }
  void carry_out_one(const client::Persist&) {
    if (!handlers_.persist) return;
    const auto kept = handlers_.persist(client_.credentials());
    if (kept) return;
    failed_ = true;
    waiting_.clear();
    carrier_.reset();
    waiting_.emplace_back(client::Notify{
        client::Closed{.status = 0, .reason = kept.error().to_string(), .will_reconnect = false}});
  }
  void carry_out_one(const client::Notify& notify) {
    if (handlers_.on_event) handlers_.on_event(notify.event);
  }

  void arm_timer() {
    const std::optional<Instant> next = failed_ ? std::nullopt : client_.next_deadline();
    if (!next) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(next->since_start - clock_.now().steady.since_start);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look_at_clock();
    });
  }

  boost::asio::io_context& io_;
  client::Client& client_;
  Url url_;
  ConnectOptions options_;
  const Clock& clock_;
  ClientHostHandlers handlers_;
  boost::asio::steady_timer timer_;
  client::ConnectionId connection_ = 0;
  std::unique_ptr<Carrier> carrier_;
  std::unique_ptr<Carrier> closing_;
  std::deque<client::Effect> waiting_;
  bool busy_ = false;
  bool failed_ = false;
};

ClientHost::ClientHost(boost::asio::io_context& io, client::Client& client, Url url,
                       ConnectOptions options, const Clock& clock, ClientHostHandlers handlers)
    : impl_(std::make_unique<Impl>(io, client, std::move(url), std::move(options), clock,
                                   std::move(handlers))) {}

ClientHost::~ClientHost() = default;

void ClientHost::command(client::CommandId id, const client::Command& command) {
  impl_->command(id, command);
}

void ClientHost::clock_changed() { impl_->look_at_clock(); }

}  // namespace doublecheck::net
