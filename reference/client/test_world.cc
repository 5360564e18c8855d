#include "reference/client/test_world.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>
#include <variant>

namespace doublecheck::client::testing {

// ---- What was seen

std::size_t ServerTap::count(const std::function<bool(const wire::Node&)>& wanted) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      received_stanzas, [&](const Stanza& stanza) { return wanted(stanza.node); }));
}

std::size_t Recording::handshake_frames_sent(ConnectionId connection) const {
  return static_cast<std::size_t>(std::ranges::count_if(records, [&](const trace::Record& record) {
    const auto* frame = std::get_if<trace::HandshakeFrame>(&record.event);
    return record.connection == connection && frame != nullptr &&
           frame->direction == trace::Direction::kSent;
  }));
}

Bytes Recording::first_bytes_sent(ConnectionId connection) const {
  for (const trace::Record& record : records) {
    const auto* wire = std::get_if<trace::Wire>(&record.event);
    if (record.connection == connection && wire != nullptr &&
        wire->direction == trace::Direction::kSent)
      return wire->bytes;
  }
  return {};
}

// ---- World

World::World(std::uint64_t seed, server::Config config)
    : random(seed),
      server(std::move(config), *random.fork("server", 0), now(),
             server::Instruments{.tamper = &tap, .guard = nullptr, .recorder = nullptr}) {}

Config World::client_config(const std::string& name) const {
  Config config;
  config.trust_root = {server.trust_root()};
  config.push_name = name;
  return config;
}

TestClient& World::add(const std::string& name, std::optional<Credentials> credentials,
                       Instruments instruments) {
  return add(name, client_config(name), std::move(credentials), std::move(instruments));
}

TestClient& World::add(const std::string& name, Config config,
                       std::optional<Credentials> credentials, Instruments instruments) {
  return clients_.emplace_back(*this, name, std::move(credentials), std::move(config),
                               std::move(instruments));
}

TestClient& World::paired(const std::string& name) {
  TestClient& client = add(name);
  client.pair();
  return client;
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant deadline = steady_ + limit;
  while (!done()) {
    if (!step(deadline)) {
      steady_ = deadline;
      return done();
    }
  }
  return true;
}

void World::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

void World::after(Duration delay, std::function<void()> action) {
  actions_.emplace(std::pair{steady_ + delay, next_number_++}, std::move(action));
}

server::AdminReply World::admin(const server::AdminCommand& command) {
  server::Effects effects;
  auto reply = server.admin(command, now(), effects);
  apply(std::move(effects));
  return reply;
}

void World::inject(const TestClient& client, const wire::Node& stanza) {
  apply(server.inject(client.carrier_.value().second, stanza, now()));
}

std::size_t World::passing(const TestClient& client, std::size_t size) {
  if (!client.cut_after) return size;
  return std::min(size, *client.cut_after - std::min(*client.cut_after, client.bytes_carried));
}

bool World::step(Instant limit) {
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

TestClient* World::owner(server::ConnectionId connection) {
  for (TestClient& client : clients_) {
    if (client.carrier_ && client.carrier_->second == connection) return &client;
  }
  return nullptr;
}

void World::apply(server::Effects effects) {
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

void World::open(TestClient& client, ConnectionId id) {
  client.opened_carriers.push_back(steady_);
  after(kLatency, [this, &client, id] {
    if (!client.reachable) return client.apply(client.client.closed(id, "refused", now()));
    client.carrier_ = {id, next_connection_++};
    client.bytes_carried = 0;
    apply(server.opened(client.carrier_->second, "memory", now()));
    client.apply(client.client.connected(id, "memory", now()));
  });
}

void World::to_server(TestClient& client, ConnectionId id, Bytes bytes) {
  after(kLatency, [this, &client, id, bytes = std::move(bytes)] {
    if (!client.carrier_ || client.carrier_->first != id) return;
    const std::size_t passing_bytes = passing(client, bytes.size());
    client.bytes_carried += passing_bytes;
    const server::ConnectionId connection = client.carrier_->second;
    apply(server.received(connection, ByteView(bytes).first(passing_bytes), now()));
    if (passing_bytes < bytes.size()) cut(client);
  });
}

void World::to_client(server::ConnectionId connection, Bytes bytes) {
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

void World::close(TestClient& client, ConnectionId id) {
  after(kLatency, [this, &client, id] {
    if (!client.carrier_ || client.carrier_->first != id) return;
    const server::ConnectionId connection = client.carrier_->second;
    client.carrier_.reset();
    apply(server.closed(connection, now()));
  });
}

void World::cut(TestClient& client) {
  if (!client.carrier_) return;
  const auto [id, connection] = *client.carrier_;
  client.carrier_.reset();
  client.cut_after.reset();
  apply(server.closed(connection, now()));
  client.apply(client.client.closed(id, "cut", now()));
}

// ---- TestClient

std::vector<std::string> TestClient::texts() const {
  std::vector<std::string> found;
  for (const MessageReceived& message : all<MessageReceived>()) found.push_back(message.text);
  return found;
}

bool TestClient::is_done(CommandId id) const {
  return std::ranges::any_of(all<CommandDone>(),
                             [&](const CommandDone& done) { return done.command == id; });
}

std::optional<std::string> TestClient::failure(CommandId id) const {
  for (const CommandFailed& failed : all<CommandFailed>()) {
    if (failed.command == id) return failed.reason;
  }
  return std::nullopt;
}

TestClient::TestClient(World& world, std::string client_name,
                       std::optional<Credentials> credentials, Config config,
                       Instruments instruments)
    : name(std::move(client_name)),
      client(std::move(config), std::move(credentials), *world.random.fork(name, 0),
             std::move(instruments)),
      world_(world) {}

void TestClient::apply(Effects effects) {
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

CommandId TestClient::command(const Command& wanted) {
  const CommandId id = ++last_command_;
  apply(client.command(id, wanted, world_.now()));
  return id;
}

void TestClient::connect() {
  command(Connect{});
  if (!world_.run_until([&] { return client.is_open(); }))
    throw std::runtime_error(name + " did not open");
}

void TestClient::pair(std::optional<std::string> account) {
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

void TestClient::send(const wire::Jid& to, const std::string& text, const std::string& id) {
  const CommandId sent = command(SendText{to, text, id});
  if (!world_.run_until([&] { return is_done(sent); }))
    throw std::runtime_error(name + " could not send " + text);
}

}  // namespace doublecheck::client::testing
