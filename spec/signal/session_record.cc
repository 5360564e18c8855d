#include "spec/signal/session_record.h"

#include <utility>

namespace doublecheck::signal {

void SessionRecord::add(Session session) {
  sessions_.insert(sessions_.begin(), std::move(session));
  if (sessions_.size() > kMaxSessions) sessions_.pop_back();
  has_current_ = true;
}

void SessionRecord::advance(std::size_t index, Session session) {
  sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(index));
  add(std::move(session));
}

}  // namespace doublecheck::signal
