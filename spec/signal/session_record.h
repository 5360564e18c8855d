#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/signal/limits.h"
#include "spec/signal/session.h"

// All sessions with one peer device. There are several when both sides start one at the same time,
// when an answer got lost, or when a device was set up again.
namespace doublecheck::signal {

class SessionRecord {
 public:
  // The session that the next message is sent on: the one that was used last (SESSION-28). Null if
  // there is none.
  const Session* current() const { return has_current_ ? &sessions_.front() : nullptr; }
  Session* current() { return has_current_ ? &sessions_.front() : nullptr; }

  // The current session, if any, then the archived ones, the one used last first; at most
  // kMaxSessions.
  std::span<const Session> sessions() const { return sessions_; }

  // Makes a new session the current one and archives the one before. The oldest beyond kMaxSessions
  // is dropped.
  void add(Session session);

  // Replaces one of `sessions()` by what has become of it.
  void replace(std::size_t index, Session session);

  // Makes one of `sessions()` the current one; the one that was is archived.
  void promote(std::size_t index);

  // From now on messages can be read but not sent: what a peer's change of registration id asks for
  // (RETRY-17).
  void archive_current() { has_current_ = false; }

  // For storage: version byte, then protobuf. The same record always gives the same bytes.
  Bytes serialize() const;

  // Refuses whatever `serialize` does not write, including other versions, more than kMaxRecordSize
  // bytes, and anything beyond the limits of the layer.
  static Result<SessionRecord> restore(ByteView serialized);

 private:
  std::vector<Session> sessions_;
  bool has_current_ = false;
};

}  // namespace doublecheck::signal
