#include "reference/client/iq_table.h"

#include <algorithm>
#include <utility>

#include "reference/client/limits.h"

namespace doublecheck::client {

std::string IqFailure::to_string() const {
  switch (kind) {
    case Kind::kError:
      return "the server answered with error " + std::to_string(code) +
             (text.empty() ? "" : " " + text);
    case Kind::kTimeout:
      return "the server did not answer in time";
    case Kind::kStreamEnded:
      return "the connection ended before the answer came";
    case Kind::kTooMany:
      return "kMaxPendingQueries queries wait for their answers already";
  }
  return "failed";
}

IqTable::IqTable(RandomSource& random) {
  const std::uint64_t first = random.below(UINT16_MAX + 1);
  const std::uint64_t second = random.below(UINT16_MAX + 1);
  prefix_ = std::to_string(first) + "." + std::to_string(second) + "-";
}

std::optional<std::string> IqTable::add(Instant deadline, IqHandler handler) {
  if (pending_.size() >= kMaxPendingQueries) return std::nullopt;
  const std::uint64_t number = ++last_number_;
  std::string id = prefix_ + std::to_string(number);
  pending_.emplace(id, Pending{number, deadline, std::move(handler)});
  return id;
}

IqHandler IqTable::take(std::string_view id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return nullptr;
  IqHandler handler = std::move(found->second.handler);
  pending_.erase(found);
  return handler;
}

std::vector<IqHandler> IqTable::take_if(const std::function<bool(const Pending&)>& wanted) {
  std::vector<Pending> taken;
  std::erase_if(pending_, [&](auto& entry) {
    if (!wanted(entry.second)) return false;
    taken.push_back(std::move(entry.second));
    return true;
  });
  // In the order in which they were asked.
  std::ranges::sort(taken, {}, &Pending::number);
  std::vector<IqHandler> handlers;
  for (Pending& pending : taken) handlers.push_back(std::move(pending.handler));
  return handlers;
}

std::vector<IqHandler> IqTable::take_expired(Instant now) {
  return take_if([&](const Pending& pending) { return pending.deadline <= now; });
}

std::vector<IqHandler> IqTable::take_all() {
  return take_if([](const Pending&) { return true; });
}

std::optional<Instant> IqTable::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [id, pending] : pending_) {
    if (!next || pending.deadline < *next) next = pending.deadline;
  }
  return next;
}

}  // namespace doublecheck::client
