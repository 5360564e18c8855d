#include "reference/server/durability.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace doublecheck::server {
namespace {

std::size_t size_of(const std::vector<store::Change>& changes) {
  std::size_t size = 0;
  for (const store::Change& change : changes) {
    size += change.key.size() + (change.value ? change.value->size() : 0);
  }
  return size;
}

}  // namespace

Effects Durability::admit(ConnectionId origin, const ServerIdentity& identity, Directory& directory,
                          GroupDirectory& groups, NewsletterDirectory& newsletters,
                          Effects effects) {
  Effects at_once;
  if (std::vector<store::Change> changes =
          keeper_.changes(identity, directory, groups, newsletters);
      !changes.empty()) {
    ++last_;
    burden(origin, size_of(changes));
    at_once.emplace_back(Persist{{.ticket = last_, .changes = std::move(changes)}});
  }
  for (Effect& effect : effects) {
    if (durable_ == last_) {
      at_once.push_back(std::move(effect));
      continue;
    }
    if (const auto* send = std::get_if<Send>(&effect)) burden(send->connection, send->frame.size());
    waiting_.push_back({last_, std::move(effect)});
  }
  return at_once;
}

void Durability::burden(ConnectionId connection, std::size_t bytes) {
  burdens_.push_back({last_, connection, bytes});
  waiting_bytes_[connection] += bytes;
}

std::size_t Durability::waiting_bytes(ConnectionId connection) const {
  const auto found = waiting_bytes_.find(connection);
  return found == waiting_bytes_.end() ? 0 : found->second;
}

Effects Durability::persisted(store::Ticket ticket) {
  durable_ = std::max(durable_, std::min(ticket, last_));
  for (; !burdens_.empty() && burdens_.front().ticket <= durable_; burdens_.pop_front()) {
    const auto burdened = waiting_bytes_.find(burdens_.front().connection);
    burdened->second -= burdens_.front().bytes;
    if (burdened->second == 0) waiting_bytes_.erase(burdened);
  }
  Effects effects;
  for (; !waiting_.empty() && waiting_.front().ticket <= durable_; waiting_.pop_front()) {
    effects.push_back(std::move(waiting_.front().effect));
  }
  return effects;
}

}  // namespace doublecheck::server
