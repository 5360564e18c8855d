#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace doublecheck::client {

// A map that remembers a bounded number of keys and forgets the one that was added first.
template <typename Key, typename Value>
class RecentMap {
 public:
  explicit RecentMap(std::size_t capacity) : capacity_(capacity) {}

  Value* find(const Key& key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  const Value* find(const Key& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }
  bool contains(const Key& key) const { return values_.contains(key); }

  // The value of a key, added with its default when it is not there.
  Value& operator[](const Key& key) {
    if (Value* value = find(key)) return *value;
    if (order_.size() >= capacity_) {
      values_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(key);
    return values_[key];
  }

  // The keys, the one that was added first in front.
  const std::deque<Key>& keys() const { return order_; }
  std::size_t size() const { return order_.size(); }

  bool operator==(const RecentMap&) const = default;

 private:
  std::size_t capacity_;
  std::map<Key, Value> values_;
  std::deque<Key> order_;
};

}  // namespace doublecheck::client
