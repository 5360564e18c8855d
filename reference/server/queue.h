#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/base/result.h"
#include "spec/base/time.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// What one device is owed: every message, receipt and notification for it, in order of acceptance,
// until the device has settled it. A stanza that was sent and not settled is sent again on the next
// connection, never on the same one (STANZA-70; requirements of the offline phase).
namespace doublecheck::server {

struct QueuedStanza {
  std::uint64_t sequence = 0;
  wire::Node stanza;
  std::optional<trace::ConnectionId> sent_on;  // the connection that it was last sent on
};

class OfflineQueue {
 public:
  // Adds at the end. An error when the queue is full (kMaxQueuedStanzas).
  Result<QueuedStanza*> push(wire::Node stanza);

  // Takes out the oldest stanza of a class (its tag) and id that was sent on `connection`, if there
  // is one: an ack or a receipt settles it. Of several the oldest of that type goes first: receipts
  // for one message have one id, and some are settled later than others.
  bool settle(trace::ConnectionId connection, std::string_view stanza_class, std::string_view id,
              std::optional<std::string_view> type = {});

  // The stanzas not yet sent on this connection, in order.
  std::vector<QueuedStanza*> unsent(trace::ConnectionId connection);

  void clear();

  // ---- For those who keep what changes. Stanzas are numbered from 1, in order of acceptance.

  const std::deque<QueuedStanza>& stanzas() const { return stanzas_; }
  std::uint64_t next_sequence() const { return next_sequence_; }
  // The numbers of those settled or cleared since they were last forgotten.
  const std::vector<std::uint64_t>& removed() const { return removed_; }
  void forget_removed() { removed_.clear(); }
  // Puts in, after those already there, a stanza that was kept.
  void restore(std::uint64_t sequence, wire::Node stanza);

  std::size_t size() const { return stanzas_.size(); }
  bool empty() const { return stanzas_.empty(); }
  bool full() const;

 private:
  std::uint64_t next_sequence_ = 1;
  std::deque<QueuedStanza> stanzas_;
  std::vector<std::uint64_t> removed_;
};

}  // namespace doublecheck::server
