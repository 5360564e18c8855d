#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "reference/server/limits.h"

// The latest messages accepted from an account, to recognise an identical re-send (STANZA-56).
namespace doublecheck::server {

class AcceptedMessages {
 public:
  using Message = std::pair<std::string, std::string>;  // chat and id

  bool contains(const Message& message) const { return known_.contains(message); }

  // Past kMaxRememberedMessages the oldest is forgotten.
  void add(const Message& message) {
    if (!known_.insert(message).second) return;
    order_.push_back(message);
    if (order_.size() <= kMaxRememberedMessages) return;
    known_.erase(order_.front());
    order_.pop_front();
    ++first_;
  }

  // Messages are numbered in the order in which they were accepted; those from first() to before
  // end() are remembered.
  std::uint64_t first() const { return first_; }
  std::uint64_t end() const { return first_ + order_.size(); }
  const Message& at(std::uint64_t number) const {
    return order_.at(static_cast<std::size_t>(number - first_));
  }

  // Puts in a message that was kept. False for a number that is not the one after the last.
  bool restore(std::uint64_t number, const Message& message) {
    if (order_.empty()) first_ = number;
    if (number != end() || number == std::numeric_limits<std::uint64_t>::max()) return false;
    add(message);
    return end() == number + 1;
  }

 private:
  std::set<Message> known_;
  std::deque<Message> order_;
  std::uint64_t first_ = 0;
};

}  // namespace doublecheck::server
