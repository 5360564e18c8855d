#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/base/time.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// Faults that an administrator asks a hostile server for, and what became of them.
namespace doublecheck::server {

inline constexpr std::size_t kMaxFaults = 100;       // present at once
inline constexpr std::size_t kMaxFaultEvents = 100;  // remembered of each
inline constexpr std::uint64_t kMaxFaultCount = 1'000'000;

// Which stanzas a fault is for, of those that its kind can concern. An answer to a query is
// compared by the query.
struct StanzaMatch {
  std::optional<std::string> tag = {};
  std::optional<std::string> xmlns = {};
  std::optional<std::string> child = {};  // tag of the first child
  std::map<std::string, std::string> attributes = {};

  bool matches(const wire::Node& stanza) const;

  friend bool operator==(const StanzaMatch&, const StanzaMatch&) = default;
};

struct Fault {
  std::string where;                             // "message"
  std::string name;                              // "duplicate"; fault_kind.h has all of them
  std::optional<std::string> phone_number = {};  // of the account that it is for; nothing: any
  std::optional<std::uint16_t> device = {};
  StanzaMatch match = {};
  std::uint64_t count = 1;  // how often it happens
  std::map<std::string, std::uint64_t> parameters = {};

  friend bool operator==(const Fault&, const Fault&) = default;
};

// What the client did after a fault had happened to it for the first time.
struct FaultEvent {
  enum class Kind { kStanza, kHandshakeFinished, kClosedByClient, kClosedByServer, kLoggedInAgain };

  Duration after{0};  // the fault
  Kind kind = Kind::kStanza;
  std::optional<wire::Node> stanza = {};

  friend bool operator==(const FaultEvent&, const FaultEvent&) = default;
};

struct FaultResult {
  std::uint64_t triggered = 0;
  std::optional<Instant> first_at = {};
  std::optional<UnixTime> first_at_time = {};
  trace::ConnectionId connection = 0;  // the one that it happened to first
  std::vector<FaultEvent> events = {};
  bool closed = false;  // that connection

  friend bool operator==(const FaultResult&, const FaultResult&) = default;
};

}  // namespace doublecheck::server
