#include "reference/server/queue.h"

#include <algorithm>
#include <utility>

#include "reference/server/limits.h"

namespace doublecheck::server {

bool OfflineQueue::full() const { return stanzas_.size() >= kMaxQueuedStanzas; }

Result<QueuedStanza*> OfflineQueue::push(wire::Node stanza) {
  if (full()) {
    return fail("offline queue", "holds kMaxQueuedStanzas stanzas already");
  }
  stanzas_.push_back({next_sequence_++, std::move(stanza), std::nullopt});
  return &stanzas_.back();
}

bool OfflineQueue::settle(trace::ConnectionId connection, std::string_view stanza_class,
                          std::string_view id, std::optional<std::string_view> type) {
  const auto is_meant = [&](const QueuedStanza& queued) {
    return queued.sent_on == connection && queued.stanza.tag == stanza_class &&
           queued.stanza.text("id") == id;
  };
  auto settled = std::ranges::find_if(stanzas_, [&](const QueuedStanza& queued) {
    return is_meant(queued) && queued.stanza.text("type") == type;
  });
  if (settled == stanzas_.end()) settled = std::ranges::find_if(stanzas_, is_meant);
  if (settled == stanzas_.end()) return false;
  removed_.push_back(settled->sequence);
  stanzas_.erase(settled);
  return true;
}

void OfflineQueue::clear() {
  for (const QueuedStanza& queued : stanzas_) removed_.push_back(queued.sequence);
  stanzas_.clear();
}

void OfflineQueue::restore(std::uint64_t sequence, wire::Node stanza) {
  stanzas_.push_back({sequence, std::move(stanza), std::nullopt});
  next_sequence_ = std::max(next_sequence_, sequence + 1);
}

std::vector<QueuedStanza*> OfflineQueue::unsent(trace::ConnectionId connection) {
  std::vector<QueuedStanza*> unsent;
  for (QueuedStanza& queued : stanzas_) {
    if (queued.sent_on != connection) unsent.push_back(&queued);
  }
  return unsent;
}

}  // namespace doublecheck::server
