#include "reference/server/fault_injector.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "reference/server/limits.h"

namespace doublecheck::server {
namespace {

// Queries of one connection that are remembered; beyond it they are forgotten, all of them.
constexpr std::size_t kMaxQueries = 1'000;

// Happens before it is known who the client is.
bool is_anonymous(const FaultKind& kind) {
  return std::holds_alternative<HandshakeFault>(kind.how);
}

bool is_answer(const wire::Node& stanza) {
  const auto type = stanza.text("type");
  return stanza.tag == "iq" && (type == "result" || type == "error");
}

}  // namespace

Result<std::uint64_t> FaultInjector::add(Fault fault) {
  const auto refuse = [](std::string why) { return fail("fault", std::move(why)); };
  const FaultKind* kind = find_fault_kind(fault.where, fault.name);
  if (kind == nullptr) return refuse("there is no fault " + fault.where + "/" + fault.name);
  if (entries_.size() >= kMaxFaults) return refuse("kMaxFaults are present");
  if (fault.count == 0 || fault.count > kMaxFaultCount)
    return refuse("count must be from 1 to kMaxFaultCount");
  if (is_anonymous(*kind) && fault.phone_number)
    return refuse("who the client is, is not known during a handshake");
  for (const auto& [name, value] : fault.parameters) {
    if (name != kind->parameter) return refuse("it has no parameter " + name);
    if (value > kind->greatest)
      return refuse(name + " is at most " + std::to_string(kind->greatest));
  }
  entries_.emplace(next_number_, Entry{.fault = std::move(fault)});
  return next_number_++;
}

void FaultInjector::clear() {
  entries_.clear();
  queries_.clear();
  late_.clear();
  for (auto& [id, holding] : holding_) holding.until = Instant{};  // what is held is let go
}

template <typename How>
const How* FaultInjector::due(const Entry& entry,
                              const std::optional<DeviceAddress>& device) const {
  const Fault& fault = entry.fault;
  if (entry.left() == 0) return nullptr;
  if (fault.phone_number && (!device || device->phone_number != *fault.phone_number))
    return nullptr;
  if (fault.device && (!device || device->device != *fault.device)) return nullptr;
  return std::get_if<How>(&find_fault_kind(fault.where, fault.name)->how);
}

std::optional<DeviceAddress> FaultInjector::address_of(const State& state, ConnectionId id) {
  const auto session = state.sessions.find(id);
  if (session == state.sessions.end()) return std::nullopt;
  const auto* login = std::get_if<LoggedInPhase>(&session->second.phase);
  return login == nullptr ? std::nullopt : std::optional(login->address);
}

void FaultInjector::triggered(Entry& entry, ConnectionId id,
                              const std::optional<DeviceAddress>& device, const Now& now,
                              State& state) {
  ++state.counters["fault." + entry.fault.where + "/" + entry.fault.name];
  if (++entry.result.triggered > 1) return;
  entry.result.first_at = now.steady;
  entry.result.first_at_time = now.wall;
  entry.result.connection = id;
  entry.victim = device;
}

void FaultInjector::note(ConnectionId id, const std::optional<DeviceAddress>& device, Instant now,
                         FaultEvent::Kind kind, const wire::Node* stanza) {
  for (auto& [number, entry] : entries_) {
    FaultResult& result = entry.result;
    if (result.triggered == 0 || result.events.size() >= kMaxFaultEvents) continue;
    const bool same_device = device && entry.victim == device;
    if (result.connection != id && !same_device) continue;
    if (kind == FaultEvent::Kind::kLoggedInAgain && result.connection == id) continue;
    result.events.push_back({.after = now - *result.first_at,
                             .kind = kind,
                             .stanza = stanza == nullptr ? std::nullopt : std::optional(*stanza)});
  }
}

void FaultInjector::begin(std::uint64_t number, Turn& turn, Account& account, Device& device) {
  Entry& entry = entries_.at(number);
  const DeviceAddress address{account.phone_number, device.number};
  const auto* how = due<ImmediateFault>(entry, address);
  if (how == nullptr) return;
  FaultRun run{.fault = entry.fault,
               .state = turn.state,
               .context = turn.context,
               .recipient = address,
               .query = nullptr};
  (*how)(turn, run, account, device);
  triggered(entry, device.connection.value_or(0), address, turn.context.now, turn.state);
}

HandshakeChoices FaultInjector::handshake(ConnectionId id, const HandshakeRun& run, State& state) {
  HandshakeChoices choices;
  for (auto& [number, entry] : entries_) {
    if (const auto* how = due<HandshakeFault>(entry, std::nullopt)) {
      (*how)(run, choices);
      triggered(entry, id, std::nullopt, run.context.now, state);
    }
  }
  return choices;
}

void FaultInjector::handshake_finished(ConnectionId id, Instant now) {
  note(id, std::nullopt, now, FaultEvent::Kind::kHandshakeFinished);
}

void FaultInjector::logged_in(ConnectionId id, const DeviceAddress& device, Instant now) {
  note(id, device, now, FaultEvent::Kind::kLoggedInAgain);
}

bool FaultInjector::holds(ConnectionId id, ByteView bytes, State& state, const Now& now) {
  if (const auto held = holding_.find(id); held != holding_.end()) {
    append(held->second.bytes, bytes);
    if (held->second.bytes.size() > kMaxWaitingBytes) held->second.until = now.steady;
    return true;
  }
  const auto device = address_of(state, id);
  if (!device) return false;
  for (auto& [number, entry] : entries_) {
    if (due<ReadingFault>(entry, device) == nullptr) continue;
    const FaultKind* kind = find_fault_kind(entry.fault.where, entry.fault.name);
    const auto chosen = entry.fault.parameters.find(std::string(kind->parameter));
    const std::uint64_t delay =
        chosen == entry.fault.parameters.end() ? kind->initial : chosen->second;
    triggered(entry, id, device, now, state);
    holding_[id] = {.until = now.steady + std::chrono::milliseconds(delay),
                    .bytes = to_bytes(bytes)};
    return true;
  }
  return false;
}

std::optional<std::vector<wire::Node>> FaultInjector::received(ConnectionId id,
                                                               const wire::Node& stanza,
                                                               State& state, Context& context) {
  if (entries_.empty()) return std::nullopt;
  const auto device = address_of(state, id);
  note(id, device, context.now.steady, FaultEvent::Kind::kStanza, &stanza);
  if (stanza.tag == "iq" && stanza.has("id") && !is_answer(stanza)) {
    auto& queries = queries_[id];
    if (queries.size() >= kMaxQueries) queries.clear();
    queries[wire::to_string(*stanza.attribute("id"))] = stanza;
  }
  for (auto& [number, entry] : entries_) {
    const auto* how = due<IncomingFault>(entry, device);
    if (how == nullptr || !entry.fault.match.matches(stanza)) continue;
    FaultRun run{.fault = entry.fault,
                 .state = state,
                 .context = context,
                 .recipient = device,
                 .query = nullptr};
    auto answers = (*how)(run, stanza);
    if (!answers) continue;
    triggered(entry, id, device, context.now, state);
    return answers;
  }
  return std::nullopt;
}

const wire::Node* FaultInjector::query_of(ConnectionId id, const wire::Node& answer) const {
  const auto queries = queries_.find(id);
  if (!is_answer(answer) || !answer.has("id") || queries == queries_.end()) return nullptr;
  const auto query = queries->second.find(wire::to_string(*answer.attribute("id")));
  return query == queries->second.end() ? nullptr : &query->second;
}

std::optional<Replacement> FaultInjector::replace(ConnectionId id, const wire::Node& stanza,
                                                  State& state, Context& context) {
  const auto device = address_of(state, id);
  const wire::Node* query = query_of(id, stanza);
  for (auto& [number, entry] : entries_) {
    const auto* how = due<StanzaFault>(entry, device);
    if (how == nullptr || !entry.fault.match.matches(query == nullptr ? stanza : *query)) continue;
    FaultRun run{.fault = entry.fault,
                 .state = state,
                 .context = context,
                 .recipient = device,
                 .query = query};
    auto replacement = (*how)(run, stanza);
    if (!replacement) continue;
    triggered(entry, id, device, context.now, state);
    return replacement;
  }
  return std::nullopt;
}

void FaultInjector::sending(ConnectionId id, std::vector<wire::Node>& stanzas, State& state,
                            Context& context) {
  if (entries_.empty()) return;
  std::vector<wire::Node> sent;
  for (wire::Node& stanza : stanzas) {
    auto replacement = replace(id, stanza, state, context);
    if (const wire::Node* query = query_of(id, stanza))
      queries_[id].erase(wire::to_string(*query->attribute("id")));
    if (!replacement) {
      sent.push_back(std::move(stanza));
      continue;
    }
    std::ranges::move(replacement->now, std::back_inserter(sent));
    if (!replacement->later.empty())
      late_.push_back({context.now.steady + replacement->delay, id, std::move(replacement->later)});
    if (replacement->close) {
      closing_.push_back(id);
      break;
    }
  }
  stanzas = std::move(sent);

  const auto device = address_of(state, id);
  for (auto& [number, entry] : entries_) {
    const auto* how = due<StepFault>(entry, device);
    if (how == nullptr) continue;
    FaultRun run{.fault = entry.fault,
                 .state = state,
                 .context = context,
                 .recipient = device,
                 .query = nullptr};
    if ((*how)(run, stanzas)) triggered(entry, id, device, context.now, state);
  }
}

void FaultInjector::sealed(ConnectionId id, std::vector<Bytes>& frames, State& state,
                           const Now& now) {
  if (entries_.empty() || frames.empty()) return;
  const auto device = address_of(state, id);
  for (auto& [number, entry] : entries_) {
    const auto* how = due<FrameFault>(entry, device);
    if (how != nullptr && !frames.empty() && (*how)(frames))
      triggered(entry, id, device, now, state);
  }
}

PairFault FaultInjector::pairing(const std::optional<std::string>& phone_number, const Now& now,
                                 State& state) {
  for (auto& [number, entry] : entries_) {
    std::optional<DeviceAddress> account;
    if (phone_number) account = DeviceAddress{*phone_number, entry.fault.device.value_or(0)};
    const auto* how = due<PairFault>(entry, account);
    if (how == nullptr) continue;
    triggered(entry, 0, std::nullopt, now, state);
    return *how;
  }
  return PairFault::kNone;
}

void FaultInjector::closed(ConnectionId id, bool by_client, Instant now) {
  note(id, std::nullopt, now,
       by_client ? FaultEvent::Kind::kClosedByClient : FaultEvent::Kind::kClosedByServer);
  for (auto& [number, entry] : entries_) {
    if (entry.result.triggered > 0 && entry.result.connection == id) entry.result.closed = true;
  }
  if (!by_client) return;
  queries_.erase(id);
  holding_.erase(id);
  std::erase_if(late_, [&](const Late& late) { return late.connection == id; });
}

std::optional<Instant> FaultInjector::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) {
    if (!next || at < *next) next = at;
  };
  for (const Late& late : late_) consider(late.at);
  for (const auto& [id, holding] : holding_) consider(holding.until);
  return next;
}

std::vector<FaultInjector::Late> FaultInjector::take_late(Instant now) {
  std::vector<Late> due;
  std::erase_if(late_, [&](Late& late) {
    if (late.at > now) return false;
    due.push_back(std::move(late));
    return true;
  });
  return due;
}

std::vector<FaultInjector::Held> FaultInjector::take_held(Instant now) {
  std::vector<Held> due;
  std::erase_if(holding_, [&](auto& entry) {
    if (entry.second.until > now) return false;
    due.push_back({entry.first, std::move(entry.second.bytes)});
    return true;
  });
  return due;
}

}  // namespace doublecheck::server
