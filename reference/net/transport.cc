#include "reference/net/transport.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace doublecheck::net {

Transport::Transport(boost::asio::io_context& io, std::chrono::milliseconds opening_limit,
                     CarrierHandlers handlers)
    : io_(io),
      timer_(io),
      opening_limit_(opening_limit),
      handlers_(std::make_shared<CarrierHandlers>(std::move(handlers))) {}

void Transport::start() {
  start_timer(opening_limit_);
  start_opening();
}

void Transport::send(Bytes bytes, bool text) {
  if (!accepting_) return;
  if (queued_bytes_ + bytes.size() > kMaxQueuedBytes) {
    end_by_owner(CloseReason::kQueueFull, "more than kMaxQueuedBytes wait for the peer", true);
    return;
  }
  queued_bytes_ += bytes.size();
  queue_.push_back({std::move(bytes), text});
  pump();
}

void Transport::close() {
  if (!accepting_) return;
  accepting_ = false;
  closed_by_owner_ = true;
  if (state_ == State::kOpen) enter_closing();
}

void Transport::reset() { end_by_owner(CloseReason::kLocal, "reset", true); }

void Transport::abandon() {
  if (handlers_ == nullptr) return;
  handlers_.reset();
  end_by_owner(CloseReason::kLocal, {}, false);
}

void Transport::opened() {
  if (ended()) return;
  stop_timer();
  state_ = State::kOpen;
  start_reading();
  if (!accepting_) {
    enter_closing();
    return;
  }
  const auto handlers = handlers_;
  if (handlers && handlers->on_open) handlers->on_open();
  pump();
}

void Transport::received(ByteView bytes) {
  if (state_ != State::kOpen) return;
  const auto handlers = handlers_;
  if (handlers && handlers->on_bytes) handlers->on_bytes(bytes);
}

void Transport::written(const error_code& error) {
  if (ended()) return;
  writing_ = false;
  if (error) {
    // A peer that has closed may have said why: what it sent is read to its end, which is the end
    // of the connection.
    accepting_ = false;
    drop_queue();
    start_timer(kCloseTimeout);
    return;
  }
  queued_bytes_ -= queue_.front().bytes.size();
  queue_.pop_front();
  if (state_ == State::kClosing) start_timer(kCloseTimeout);
  pump();
}

void Transport::peer_closed(const std::string& details, bool still_reading) {
  if (ended()) return;
  accepting_ = false;
  if (!still_reading) drop_queue();
  if (!closed_by_owner_) report(CloseReason::kPeer, details);
  enter_closing();
}

void Transport::refuse(CloseReason reason, const std::string& details) {
  if (ended()) return;
  accepting_ = false;
  drop_queue();
  report(reason, details);
  enter_closing();
}

void Transport::end(CloseReason reason, const std::string& details) {
  if (ended()) return;
  const bool was_opening = state_ == State::kOpening;
  state_ = State::kEnded;
  accepting_ = false;
  stop_timer();
  cut(false);
  report(closed_by_owner_ && !was_opening ? CloseReason::kLocal : reason, details);
}

// From within a call of the owner's, who is told later.
void Transport::end_by_owner(CloseReason reason, std::string details, bool abruptly) {
  if (ended()) return;
  state_ = State::kEnded;
  accepting_ = false;
  stop_timer();
  cut(abruptly);
  boost::asio::post(io_, [self = shared_from_this(), reason, details = std::move(details)] {
    self->report(reason, details);
  });
}

void Transport::enter_closing() {
  if (state_ == State::kOpen) {
    state_ = State::kClosing;
    start_timer(kCloseTimeout);
  }
  pump();
}

void Transport::pump() {
  if (!readable() || writing_) return;
  if (!queue_.empty()) {
    writing_ = true;
    start_writing(queue_.front());
  } else if (state_ == State::kClosing && !saying_goodbye_) {
    saying_goodbye_ = true;
    start_goodbye();
  }
}

// All but the message that is being written.
void Transport::drop_queue() {
  const std::size_t kept = writing_ ? 1 : 0;
  while (queue_.size() > kept) {
    queued_bytes_ -= queue_.back().bytes.size();
    queue_.pop_back();
  }
}

void Transport::start_timer(std::chrono::milliseconds limit) {
  timer_.expires_after(limit);
  timer_.async_wait([self = shared_from_this()](const error_code&) {
    // Stopping or restarting comes too late for an expiry that is already on its way.
    if (self->timer_.expiry() > boost::asio::steady_timer::clock_type::now()) return;
    if (self->state_ == State::kOpening) {
      self->end(CloseReason::kNotConnected,
                "it took longer than " + std::to_string(self->opening_limit_.count()) + " ms");
    } else {
      self->end(CloseReason::kLost, "the peer did not close within kCloseTimeout");
    }
  });
}

void Transport::stop_timer() { timer_.expires_at(boost::asio::steady_timer::time_point::max()); }

void Transport::report(CloseReason reason, const std::string& details) {
  const auto handlers = std::exchange(handlers_, nullptr);
  if (handlers && handlers->on_closed) handlers->on_closed(reason, details);
}

std::unique_ptr<Carrier> start_carrier(std::shared_ptr<Transport> transport) {
  transport->start();
  return std::make_unique<Carrier>(std::move(transport));
}

}  // namespace doublecheck::net
