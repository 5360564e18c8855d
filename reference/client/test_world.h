#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
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

  std::size_t count(const std::function<bool(const wire::Node&)>& wanted) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        received_stanzas, [&](const Stanza& stanza) { return wanted(stanza.node); }));
  }
};

// Everything that a client's trace says.
struct Recording final : trace::Recorder {
  std::vector<trace::Record> records;

  void record(trace::Record record) override { records.push_back(std::move(record)); }

  // The payloads of handshake frames sent on one connection, and the first bytes sent on it.
  std::size_t handshake_frames_sent(ConnectionId connection) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(records, [&](const trace::Record& record) {
          const auto* frame = std::get_if<trace::HandshakeFrame>(&record.event);
          return record.connection == connection && frame != nullptr &&
                 frame->direction == trace::Direction::kSent;
        }));
  }
  Bytes first_bytes_sent(ConnectionId connection) const {
    for (const trace::Record& record : records) {
      const auto* wire = std::get_if<trace::Wire>(&record.event);
      if (record.connection == connection && wire != nullptr &&
          wire->direction == trace::Direction::kSent)
        return wire->bytes;
    }
    return {};
  }
  ConnectionId last_connection() const { return records.empty() ? 0 : records.back().connection; }
};

class World;

// A client with its host: events are kept, effects are carried out.
class TestClient {
 public:
  TestClient(World& world, std::string name, std::optional<Credentials> credentials, Config config,
             Instruments instruments);

  CommandId command(Command command);
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
  std::vector<std::string> texts() const {
    std::vector<std::string> found;
    for (const MessageReceived& message : all<MessageReceived>()) found.push_back(message.text);
    return found;
  }
  wire::Jid jid() const { return client.credentials().account.value().jid; }
  wire::Jid user() const { return jid().account(); }
  bool is_done(CommandId id) const {
    return std::ranges::any_of(all<CommandDone>(),
                               [&](const CommandDone& done) { return done.command == id; });
  }
  std::optional<std::string> failure(CommandId id) const {
    for (const CommandFailed& failed : all<CommandFailed>()) {
      if (failed.command == id) return failed.reason;
    }
    return std::nullopt;
  }

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
  explicit World(std::uint64_t seed = 1, server::Config config = {})
      : random(seed),
        server(std::move(config), *random.fork("server", 0), now(),
               server::Instruments{.tamper = &tap, .guard = nullptr, .recorder = nullptr}) {}

  Now now() const { return {steady_, UnixTime::from_seconds(kStart) + steady_.since_start}; }

  Config client_config(const std::string& name) const {
    Config config;
    config.trust_root = {server.trust_root()};
    config.push_name = name;
    return config;
  }
  TestClient& add(const std::string& name, std::optional<Credentials> credentials = std::nullopt,
                  Instruments instruments = {}) {
    return add(name, client_config(name), std::move(credentials), std::move(instruments));
  }
  TestClient& add(const std::string& name, Config config,
                  std::optional<Credentials> credentials = std::nullopt,
                  Instruments instruments = {}) {
    return clients_.emplace_back(*this, name, std::move(credentials), std::move(config),
                                 std::move(instruments));
  }
  TestClient& paired(const std::string& name) {
    TestClient& client = add(name);
    client.pair();
    return client;
  }

  // Lets time pass until something is the case, at most for so long. Whether it became the case.
  bool run_until(const std::function<bool()>& done, Duration limit = std::chrono::minutes(5)) {
    const Instant deadline = steady_ + limit;
    while (!done()) {
      if (!step(deadline)) {
        steady_ = deadline;
        return done();
      }
    }
    return true;
  }
  void run_for(Duration duration) {
    run_until([] { return false; }, duration);
  }

  void after(Duration delay, std::function<void()> action) {
    actions_.emplace(std::pair{steady_ + delay, next_number_++}, std::move(action));
  }

  server::AdminReply admin(const server::AdminCommand& command) {
    server::Effects effects;
    auto reply = server.admin(command, now(), effects);
    apply(std::move(effects));
    return reply;
  }
  // A stanza of the server's to a client that is connected.
  void inject(const TestClient& client, const wire::Node& stanza) {
    apply(server.inject(client.carrier_.value().second, stanza, now()));
  }

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
  std::size_t passing(TestClient& client, std::size_t size) const {
    if (!client.cut_after) return size;
    return std::min(size, *client.cut_after - std::min(*client.cut_after, client.bytes_carried));
  }

  std::uint64_t next_number_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> actions_;
  server::ConnectionId next_connection_ = 1;
  std::list<TestClient> clients_;
};

// ---- World

inline bool World::step(Instant limit) {
  Instant next{Duration(std::numeric_limits<Duration::rep>::max())};
  if (!actions_.empty()) next = actions_.begin()->first.first;
  for (const TestClient& client : clients_) {
    if (const auto due = client.client.next_deadline()) next = std::min(next, *due);
  }
  if (const auto due = server.next_deadline()) next = std::min(next, *due);
  if (next > limit) return false;
  steady_ = std::max(steady_, next);
  if (!actions_.empty() && actions_.begin()->first.first <= steady_) {
    auto action = actions_.extract(actions_.begin());
    action.mapped()();
    return true;
  }
  for (TestClient& client : clients_) {
    const auto due = client.client.next_deadline();
    if (!due || *due > steady_) continue;
    client.apply(client.client.tick(now()));
    return true;
  }
  apply(server.tick(now()));
  return true;
}

inline TestClient* World::owner(server::ConnectionId connection) {
  for (TestClient& client : clients_) {
    if (client.carrier_ && client.carrier_->second == connection) return &client;
  }
  return nullptr;
}

inline void World::apply(server::Effects effects) {
  for (server::Effect& effect : effects) {
    if (auto* send = std::get_if<server::Send>(&effect)) {
      to_client(send->connection, std::move(send->frame));
    } else if (const auto* close = std::get_if<server::Close>(&effect)) {
      after(kLatency, [this, connection = close->connection] {
        server.closed(connection, now());
        TestClient* client = owner(connection);
        if (client == nullptr) return;
        const ConnectionId id = client->carrier_->first;
        client->carrier_.reset();
        client->apply(client->client.closed(id, "the server closed", now()));
      });
    }
  }
}

inline void World::open(TestClient& client, ConnectionId id) {
  client.opened_carriers.push_back(steady_);
  after(kLatency, [this, &client, id] {
    if (!client.reachable) return client.apply(client.client.closed(id, "refused", now()));
    client.carrier_ = {id, next_connection_++};
    client.bytes_carried = 0;
    apply(server.opened(client.carrier_->second, "memory", now()));
    client.apply(client.client.connected(id, "memory", now()));
  });
}

inline void World::to_server(TestClient& client, ConnectionId id, Bytes bytes) {
  after(kLatency, [this, &client, id, bytes = std::move(bytes)] {
    if (!client.carrier_ || client.carrier_->first != id) return;
    const std::size_t passing_bytes = passing(client, bytes.size());
    client.bytes_carried += passing_bytes;
    const server::ConnectionId connection = client.carrier_->second;
    apply(server.received(connection, ByteView(bytes).first(passing_bytes), now()));
    if (passing_bytes < bytes.size()) cut(client);
  });
}

inline void World::to_client(server::ConnectionId connection, Bytes bytes) {
  after(kLatency, [this, connection, bytes = std::move(bytes)] {
    TestClient* client = owner(connection);
    if (client == nullptr || client->black_hole) return;
    const std::size_t passing_bytes = passing(*client, bytes.size());
    client->bytes_carried += passing_bytes;
    const ConnectionId id = client->carrier_->first;
    client->apply(client->client.received(id, ByteView(bytes).first(passing_bytes), now()));
    if (passing_bytes < bytes.size()) cut(*client);
  });
}

inline void World::close(TestClient& client, ConnectionId id) {
  after(kLatency, [this, &client, id] {
    if (!client.carrier_ || client.carrier_->first != id) return;
    const server::ConnectionId connection = client.carrier_->second;
    client.carrier_.reset();
    apply(server.closed(connection, now()));
  });
}

inline void World::cut(TestClient& client) {
  if (!client.carrier_) return;
  const auto [id, connection] = *client.carrier_;
  client.carrier_.reset();
  client.cut_after.reset();
  apply(server.closed(connection, now()));
  client.apply(client.client.closed(id, "cut", now()));
}

// ---- TestClient

inline TestClient::TestClient(World& world, std::string client_name,
                              std::optional<Credentials> credentials, Config config,
                              Instruments instruments)
    : name(std::move(client_name)),
      client(std::move(config), std::move(credentials), *world.random.fork(name, 0),
             std::move(instruments)),
      world_(world) {}

inline void TestClient::apply(Effects effects) {
  for (Effect& effect : effects) {
    if (const auto* open = std::get_if<OpenCarrier>(&effect)) {
      world_.open(*this, open->connection);
    } else if (auto* send = std::get_if<Send>(&effect)) {
      world_.to_server(*this, send->connection, std::move(send->bytes));
    } else if (const auto* close = std::get_if<CloseCarrier>(&effect)) {
      world_.close(*this, close->connection);
    } else if (auto* notify = std::get_if<Notify>(&effect)) {
      events.push_back(std::move(notify->event));
    } else if (keeps_state) {
      saved = serialize(client.credentials());
    }
  }
}

inline CommandId TestClient::command(Command wanted) {
  const CommandId id = ++last_command_;
  apply(client.command(id, wanted, world_.now()));
  return id;
}

inline void TestClient::connect() {
  command(Connect{});
  if (!world_.run_until([&] { return client.is_open(); }))
    throw std::runtime_error(name + " did not open");
}

inline void TestClient::pair(std::optional<std::string> account) {
  command(Connect{});
  if (!world_.run_until([&] { return count<QrShown>() > 0; }))
    throw std::runtime_error(name + " shows no code");
  const auto reply = world_.admin(
      server::ScanQr{.text = all<QrShown>().back().text, .account = std::move(account)});
  if (!reply) throw std::runtime_error(name + " was not scanned: " + reply.error().message);
  if (!world_.run_until([&] { return client.is_open(); }))
    throw std::runtime_error(name + " did not open");
  world_.run_for(std::chrono::seconds(1));
}

inline void TestClient::send(const wire::Jid& to, const std::string& text, const std::string& id) {
  const CommandId sent = command(SendText{to, text, id});
  if (!world_.run_until([&] { return is_done(sent); }))
    throw std::runtime_error(name + " could not send " + text);
}

}  // namespace doublecheck::client::testing
