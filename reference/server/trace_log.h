#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/account.h"
#include "reference/server/limits.h"
#include "spec/trace/record.h"

// The last kMaxTraceRecords stanzas, for `GET /trace`.
namespace doublecheck::server {

struct TracedStanza {
  std::uint64_t number = 0;  // counts up from 1
  UnixTime at;
  ConnectionId connection = 0;
  trace::Direction direction = trace::Direction::kReceived;
  std::optional<DeviceAddress> device;  // once the client has logged in
  Bytes plaintext;
};

class TraceLog {
 public:
  void add(TracedStanza stanza) {
    stanza.number = ++last_number_;
    stanzas_.push_back(std::move(stanza));
    if (stanzas_.size() > kMaxTraceRecords) stanzas_.pop_front();
  }

  // Those with a higher number than `since`, of one account if `phone_number` is given.
  std::vector<TracedStanza> since(std::uint64_t number,
                                  std::optional<std::string_view> phone_number) const {
    std::vector<TracedStanza> found;
    for (const TracedStanza& stanza : stanzas_) {
      const bool wanted =
          stanza.number > number &&
          (!phone_number || (stanza.device && stanza.device->phone_number == *phone_number));
      if (wanted) found.push_back(stanza);
    }
    return found;
  }

  void clear() { stanzas_.clear(); }

 private:
  std::uint64_t last_number_ = 0;
  std::deque<TracedStanza> stanzas_;
};

}  // namespace doublecheck::server
