#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reference/server/fault.h"
#include "reference/server/fault_kind.h"
#include "reference/server/turn.h"
#include "spec/base/bytes.h"
#include "spec/base/result.h"
#include "spec/wire/node.h"

// The faults that administrators have asked for: makes them happen, and writes down what the client
// does then. Without faults it costs nothing.
namespace doublecheck::server {

class FaultInjector {
 public:
  struct Entry {
    Fault fault;
    FaultResult result = {};
    std::optional<DeviceAddress> victim = {};  // whose later connections are watched as well

    std::uint64_t left() const { return fault.count - std::min(fault.count, result.triggered); }
  };

  // ---- For administrators

  // The number of the fault. Fails for a kind or a parameter that there is not, a parameter out of
  // its range, an account where nobody is known yet, and past kMaxFaults.
  Result<std::uint64_t> add(Fault fault);
  bool remove(std::uint64_t number) { return entries_.erase(number) > 0; }
  void clear();
  const std::map<std::uint64_t, Entry>& entries() const { return entries_; }
  // Does to a device what a fault is that needs no stanza to happen to; nothing for others.
  void begin(std::uint64_t number, Turn& turn, Account& account, Device& device);

  // ---- For the server, in the order of a connection's life

  HandshakeChoices handshake(ConnectionId id, const HandshakeRun& run, State& state);
  void handshake_finished(ConnectionId id, Instant now);
  void logged_in(ConnectionId id, const DeviceAddress& device, Instant now);

  // Whether these bytes are kept for later.
  bool holds(ConnectionId id, ByteView bytes, State& state, const Now& now);
  // A stanza has come. With a result it is hidden from the server, and this is the answer.
  std::optional<std::vector<wire::Node>> received(ConnectionId id, const wire::Node& stanza,
                                                  State& state, Context& context);
  void sending(ConnectionId id, std::vector<wire::Node>& stanzas, State& state, Context& context);
  void sealed(ConnectionId id, std::vector<Bytes>& frames, State& state, const Now& now);
  PairFault pairing(const std::optional<std::string>& phone_number, const Now& now, State& state);
  void closed(ConnectionId id, bool by_client, Instant now);

  // Connections that are to be closed, each once.
  std::vector<ConnectionId> take_closing() { return std::exchange(closing_, {}); }

  // ---- What comes late

  struct Late {
    Instant at;
    ConnectionId connection = 0;
    std::vector<wire::Node> stanzas;
  };
  struct Held {
    ConnectionId connection = 0;
    Bytes bytes;
  };
  std::optional<Instant> next_deadline() const;
  std::vector<Late> take_late(Instant now);
  std::vector<Held> take_held(Instant now);

 private:
  struct Holding {
    Instant until;
    Bytes bytes;
  };

  static std::optional<DeviceAddress> address_of(const State& state, ConnectionId id);
  // The kind of a fault that may happen now to this device, and happens in this way.
  template <typename How>
  const How* due(const Entry& entry, const std::optional<DeviceAddress>& device) const;
  void triggered(Entry& entry, ConnectionId id, const std::optional<DeviceAddress>& device,
                 const Now& now, State& state);
  std::optional<Replacement> replace(ConnectionId id, const wire::Node& stanza, State& state,
                                     Context& context);
  const wire::Node* query_of(ConnectionId id, const wire::Node& answer) const;
  // Writes an event down for each fault that has happened to this connection or device.
  void note(ConnectionId id, const std::optional<DeviceAddress>& device, Instant now,
            FaultEvent::Kind kind, const wire::Node* stanza = nullptr);

  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t next_number_ = 1;
  // What clients have asked and not been told, by id.
  std::map<ConnectionId, std::map<std::string, wire::Node>> queries_;
  std::map<ConnectionId, Holding> holding_;
  std::vector<Late> late_;
  std::vector<ConnectionId> closing_;
};

}  // namespace doublecheck::server
