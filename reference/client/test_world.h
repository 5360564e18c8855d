#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reference/client/client.h"
#include "reference/server/server.h"
#include "spec/base/random.h"
#include "spec/trace/record.h"
#include "spec/wire/node.h"

// For tests: the reference server and any number of clients in memory, on virtual time.
namespace doublecheck::client::testing {

using std::chrono::milliseconds;

constexpr Duration kLatency = milliseconds(1);
constexpr std::int64_t kStart = 1'750'000'000;  // Unix seconds

// Looks at, and changes, what the server gets and sends.
struct ServerTap final : server::Tamper {
  struct Stanza {
    server::ConnectionId connection;
    wire::Node node;
  };
  std::vector<Stanza> received_stanzas;
  std::function<bool(const wire::Node&)> accept;       // false hides a stanza from the server
  std::function<void(std::vector<wire::Node>&)> edit;  // what one step sends
  std::function<noise::ServerHandshakeFaults()> make_faults;

  noise::ServerHandshakeFaults handshake(server::ConnectionId) override {
    return make_faults ? make_faults() : noise::ServerHandshakeFaults{};
  }
  bool received(server::ConnectionId connection, const wire::Node& stanza) override {
    received_stanzas.push_back({connection, stanza});
    return !accept || accept(stanza);
  }
  void sending(server::ConnectionId, std::vector<wire::Node>& stanzas) override {
    if (edit) edit(stanzas);
  }

  std::size_t count(const std::function<bool(const wire::Node&)>& wanted) const;
};

// Everything that a client's trace says.
struct Recording final : trace::Recorder {
  std::vector<trace::Record> records;

  void record(trace::Record record) override { records.push_back(std::move(record)); }

  // The payloads of handshake frames sent on one connection, and the first bytes sent on it.
  std::size_t handshake_frames_sent(ConnectionId connection) const;
  Bytes first_bytes_sent(ConnectionId connection) const;
  ConnectionId last_connection() const { return records.empty() ? 0 : records.back().connection; }
};

class World;

// A client with its host: events are kept, effects are carried out.
class TestClient {
 public:
  TestClient(World& world, std::string name, std::optional<Credentials> credentials, Config config,
             Instruments instruments);

  CommandId command(const Command& wanted);
  // Commands that succeed before a deadline; the events of before are forgotten first.
  void connect();
  void pair(std::optional<std::string> account = std::nullopt);
  void send(const wire::Jid& to, const std::string& text, const std::string& id = {});

  template <typename E>
  std::vector<E> all() const {
    std::vector<E> found;
    for (const Event& event : events) {
      if (const E* wanted = std::get_if<E>(&event)) found.push_back(*wanted);
    }
    return found;
  }
  template <typename E>
  std::size_t count() const {
    return all<E>().size();
  }
  std::vector<std::string> texts() const;
  wire::Jid jid() const { return client.credentials().account.value().jid; }
  wire::Jid user() const { return jid().account(); }
  bool is_done(CommandId id) const;
  std::optional<std::string> failure(CommandId id) const;

  void apply(Effects effects);

  std::string name;
  Client client;
  std::vector<Event> events;
  std::vector<Instant> opened_carriers;  // when
  std::optional<Bytes> saved;            // by the last Persist
  bool keeps_state = false;
  bool reachable = true;                 // otherwise carriers cannot be made
  std::optional<std::size_t> cut_after;  // bytes, both ways, after which the carrier breaks, once
  std::size_t bytes_carried = 0;         // on the present carrier
  bool black_hole = false;               // what the server sends does not arrive

 private:
  friend class World;

  World& world_;
  CommandId last_command_ = 0;
  std::optional<std::pair<ConnectionId, server::ConnectionId>> carrier_;
};

class World {
 public:
  explicit World(std::uint64_t seed = 1, server::Config config = {});

  Now now() const { return {steady_, UnixTime::from_seconds(kStart) + steady_.since_start}; }

  Config client_config(const std::string& name) const;
  TestClient& add(const std::string& name, std::optional<Credentials> credentials = std::nullopt,
                  Instruments instruments = {});
  TestClient& add(const std::string& name, Config config,
                  std::optional<Credentials> credentials = std::nullopt,
                  Instruments instruments = {});
  TestClient& paired(const std::string& name);

  // Lets time pass until something is the case, at most for so long. Whether it became the case.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(5));
  void run_for(Duration duration);

  void after(Duration delay, std::function<void()> action);

  server::AdminReply admin(const server::AdminCommand& command);
  // A stanza of the server's to a client that is connected.
  void inject(const TestClient& client, const wire::Node& stanza);

  void apply(server::Effects effects);
  void open(TestClient& client, ConnectionId id);
  void to_server(TestClient& client, ConnectionId id, Bytes bytes);
  void close(TestClient& client, ConnectionId id);
  // The network breaks under a client: both sides hear of it.
  void cut(TestClient& client);

  SeededRandom random;
  ServerTap tap;
  Instant steady_;
  server::Server server;

 private:
  bool step(Instant limit);
  void to_client(server::ConnectionId connection, Bytes bytes);
  TestClient* owner(server::ConnectionId connection);
  // As many of these bytes as get through before the carrier is to break.
  static std::size_t passing(const TestClient& client, std::size_t size);

  std::uint64_t next_number_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> actions_;
  server::ConnectionId next_connection_ = 1;
  std::list<TestClient> clients_;
};

}  // namespace doublecheck::client::testing
