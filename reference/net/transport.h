#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "reference/net/carrier.h"
#include "spec/base/bytes.h"

// What all carriers have in common: the queue, the order of a connection's life, and who is told of
// its end. Internal to this folder.
namespace doublecheck::net {

using boost::system::error_code;

// The life of a connection:
//
//   opening -> open -> closing -> ended
//
// Opening and closing have a time limit. While closing, what is queued is written, then comes the
// goodbye. The object lives as long as it has operations under way, each of which holds a
// shared_ptr to it.
class Transport : public std::enable_shared_from_this<Transport> {
 public:
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  // Begins to open; called once.
  void start();

  // As of Carrier.
  void send(Bytes bytes, bool text);
  void close();
  void reset();
  std::size_t queued_bytes() const { return queued_bytes_; }

  // The carrier is gone: drops the connection, unless all that is left of it is an orderly close.
  void abandon();

 protected:
  struct Message {
    Bytes bytes;
    bool text = false;
  };

  Transport(boost::asio::io_context& io, std::chrono::milliseconds opening_limit,
            CarrierHandlers handlers);

  // What a transport does. The first four start operations whose handlers report by the calls
  // below.
  //
  // Gets ready to read and write: `opened`, or `end`.
  virtual void start_opening() = 0;
  // `received` for each piece, for as long as the connection is `readable`; then `peer_closed` or
  // `end`.
  virtual void start_reading() = 0;
  // Writes a message, which stays where it is until then: `written`.
  virtual void start_writing(const Message& message) = 0;
  // Tells the peer that nothing more will come, and waits until it has said the same: `end`.
  virtual void start_goodbye() = 0;
  // Closes the socket, which fails every operation under way. Does nothing the second time.
  virtual void cut(bool abruptly) = 0;

  // What happened to a transport. For completion handlers only, because they call the handlers of
  // the carrier. They do nothing once the connection has ended.
  void opened();
  void received(ByteView bytes);
  void written(const error_code& error);
  // The peer will send no more. What is queued is still written to it if `still_reading`.
  void peer_closed(const std::string& details, bool still_reading);
  // The peer of an open connection broke a rule, and is told goodbye.
  void refuse(CloseReason reason, const std::string& details);
  void end(CloseReason reason, const std::string& details);

  bool open() const { return state_ == State::kOpen; }
  bool readable() const { return state_ == State::kOpen || state_ == State::kClosing; }
  bool saying_goodbye() const { return saying_goodbye_; }
  bool ended() const { return state_ == State::kEnded; }

 private:
  enum class State { kOpening, kOpen, kClosing, kEnded };

  void pump();
  void enter_closing();
  void end_by_owner(CloseReason reason, std::string details, bool abruptly);
  void drop_queue();
  void start_timer(std::chrono::milliseconds limit);
  void stop_timer();
  void report(CloseReason reason, const std::string& details);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds opening_limit_;
  // Shared with the call that is under way, because a handler may destroy the carrier. Empty once
  // there is nobody left to tell.
  std::shared_ptr<CarrierHandlers> handlers_;

  State state_ = State::kOpening;
  bool accepting_ = true;  // what the owner sends
  bool closed_by_owner_ = false;
  bool writing_ = false;
  bool saying_goodbye_ = false;
  std::deque<Message> queue_;  // the first is being written while `writing_`
  std::size_t queued_bytes_ = 0;
};

// Starts a transport, and makes the handle for its owner.
std::unique_ptr<Carrier> start_carrier(std::shared_ptr<Transport> transport);

}  // namespace doublecheck::net
