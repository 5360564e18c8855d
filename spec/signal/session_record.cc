#include "spec/signal/session_record.h"

#include <algorithm>
#include <utility>

namespace doublecheck::signal {

void SessionRecord::add(Session session) {
  sessions_.insert(sessions_.begin(), std::move(session));
  if (sessions_.size() > kMaxSessions) sessions_.pop_back();
  has_current_ = true;
}

void SessionRecord::replace(std::size_t index, Session session) {
  sessions_[index] = std::move(session);
}

void SessionRecord::promote(std::size_t index) {
  const auto first = sessions_.begin();
  const auto promoted = first + static_cast<std::ptrdiff_t>(index);
  std::rotate(first, promoted, promoted + 1);
  has_current_ = true;
}

}  // namespace doublecheck::signal
