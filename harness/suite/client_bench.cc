#include "harness/suite/client_bench.h"

#include <algorithm>
#include <utility>

#include "harness/iut/run_command.h"
#include "spec/wire/node_text.h"

namespace doublecheck::harness {

void ClientBench::need(const std::string& capability) {
  if (!client().capabilities().contains(capability))
    unsupported("the client cannot be asked for " + capability);
}

namespace {

constexpr Duration kInTheMaking = seconds(5);
constexpr Duration kClockStride = seconds(4);

}  // namespace

void ClientBench::pass(Duration duration) {
  if (!has_clock()) unsupported("the case needs a clock that can be moved");
  stage_.pass(duration);
}

void ClientBench::jump_clock(Duration by) {
  if (!driver().jump_wall_clock(by)) unsupported("the case needs a clock that can be set");
}

ConnectionId ClientBench::start_connecting() {
  const std::size_t before = script_.opened();
  const client::CommandId command = client().command(client::Connect{});
  const auto refusal = [&] {
    return std::ranges::find_if(client().events(), [&](const client::Event& event) {
      const auto* failed = std::get_if<client::CommandFailed>(&event);
      return failed != nullptr && failed->command == command;
    });
  };
  driver().run_until(
      [&] {
        return script_.opened() > before || client().ended() ||
               refusal() != client().events().end();
      },
      seconds(60));
  if (script_.opened() > before) return current();
  if (const auto refused = refusal(); refused != client().events().end()) {
    inconclusive("the client cannot connect: " + std::get<client::CommandFailed>(*refused).reason);
  }
  inconclusive("the client does not connect; " + client().ended().value_or("it runs"));
}

std::string ClientBench::show_qr() {
  need("qr_pairing");
  // Codes of earlier connections are good for nothing.
  std::erase_if(client().events(), [](const client::Event& event) {
    return std::holds_alternative<client::QrShown>(event);
  });
  start_connecting();
  const auto qr = wait_for<client::QrShown>(driver(), client(), seconds(60));
  if (!qr) inconclusive("the client shows no QR code; " + client().ended().value_or("it runs"));
  return qr->text;
}

server::PairedDevice ClientBench::scan(const std::string& qr, server::PairFault fault) {
  const auto reply = stage_.admin(server::ScanQr{.text = qr, .account = {}, .fault = fault});
  if (!reply) inconclusive("the QR code cannot be scanned: " + reply.error().message);
  return std::get<server::PairedDevice>(*reply);
}

void ClientBench::disconnect() {
  const auto done = run_command(driver(), client(), client::Disconnect{}, seconds(60));
  if (!done || !driver().run_until([&] { return !script_.current(); }, seconds(60))) {
    inconclusive("the client does not disconnect when it is told to; " +
                 client().ended().value_or("it runs"));
  }
}

client::Opened ClientBench::come_online() {
  const std::string qr = show_qr();
  const std::size_t before = script_.opened();
  scan(qr);
  driver().run_until([&] { return script_.opened() > before || client().ended(); }, seconds(60));
  if (script_.opened() == before) inconclusive("the client does not connect again after pairing");
  const auto opened = wait_for<client::Opened>(driver(), client(), seconds(60));
  if (!opened)
    inconclusive("the client does not report that it is open; " +
                 client().ended().value_or("it runs"));
  return *opened;
}

Contact& ClientBench::contact(const std::string& name) { return pair_contact(name, {}); }

Contact& ClientBench::own_contact() {
  return pair_contact("Own device", std::string(own_device().jid.user.view()));
}

std::unique_ptr<ClientUnderTest> ClientBench::another_client() {
  auto another = stage_.make_another();
  if (!another) inconclusive("another client cannot be started");
  return another;
}

Contact& ClientBench::pair_contact(const std::string& name,
                                   const std::optional<std::string>& account) {
  script_.expect_others(true);
  auto contact = std::make_unique<Contact>();
  contact->client = stage_.make_contact(name);
  contact->client->command(client::Connect{});
  const auto qr = wait_for<client::QrShown>(driver(), *contact->client, seconds(60));
  if (!qr) inconclusive("the contact " + name + " cannot connect");
  const auto reply = stage_.admin(
      server::ScanQr{.text = qr->text, .account = account, .fault = server::PairFault::kNone});
  if (!reply) inconclusive("the contact " + name + " cannot pair: " + reply.error().message);
  const auto opened = wait_for<client::Opened>(driver(), *contact->client, seconds(60));
  if (!opened || !opened->lid) inconclusive("the contact " + name + " does not come online");
  contact->jid = opened->jid;
  contact->lid = *opened->lid;
  script_.expect_others(false);
  contacts_.push_back(std::move(contact));
  return *contacts_.back();
}

client::CommandDone ClientBench::run(ClientUnderTest& subject, const client::Command& command) {
  auto done = run_command(driver(), subject, command, seconds(60));
  if (!done) inconclusive(done.error().to_string());
  return *std::move(done);
}

DeviceNames ClientBench::own_device() {
  const ScriptedServer::Login* login = script_.login(current());
  const auto number = login == nullptr ? std::nullopt : login->payload.username;
  const server::Account* account =
      number ? server().state().directory.look_up(std::to_string(*number)) : nullptr;
  if (account == nullptr) inconclusive("the client is not logged in");
  const auto device = static_cast<std::uint16_t>(login->payload.device.value_or(0));
  return {account->pn(device), account->lid_jid(device)};
}

ConnectionId ClientBench::current() {
  if (!script_.current()) inconclusive("no connection of the client's is open");
  return *script_.current();
}

void ClientBench::send(const wire::Node& stanza) { stage_.inject(current(), stanza); }

void ClientBench::send_plaintext(ByteView plaintext) {
  stage_.inject_plaintext(current(), plaintext);
}

wire::Node ClientBench::expect(const Matcher& matcher, Duration within) {
  auto& received = script_.received_stanzas();
  const auto find = [&] {
    return std::ranges::find_if(received, matcher.matches, &ScriptedServer::Received::stanza);
  };
  driver().run_until([&] { return find() != received.end() || client().ended(); }, within);
  const auto found = find();
  if (found == received.end()) {
    std::string last =
        client().ended() ? "the client " + *client().ended() : "nothing that matches";
    if (!received.empty()) last += "; its last stanza: " + wire::print_node(received.back().stanza);
    fail_case("expected " + matcher.description + " from the client", matcher.description, last);
  }
  wire::Node stanza = std::move(found->stanza);
  received.erase(found);
  return stanza;
}

void ClientBench::expect_none(const Matcher& matcher) {
  const auto& received = script_.received_stanzas();
  const auto found =
      std::ranges::find_if(received, matcher.matches, &ScriptedServer::Received::stanza);
  if (found != received.end()) {
    fail_case("did not expect " + matcher.description + " from the client",
              "no " + matcher.description, wire::print_node(found->stanza));
  }
}

std::size_t ClientBench::count(const Matcher& matcher) {
  return static_cast<std::size_t>(std::ranges::count_if(script_.received_stanzas(), matcher.matches,
                                                        &ScriptedServer::Received::stanza));
}

void ClientBench::barrier() {
  const std::string id = "barrier-" + std::to_string(next_barrier_++);
  send({.tag = "notification",
        .attributes = {{"from", wire::Jid::of_server()},
                       {"type", "doublecheck"},
                       {"id", wire::Text(id)},
                       {"t", wire::Text(std::to_string(driver().now().wall.seconds()))}},
        .content = {}});
  precondition("the client acknowledges a notification of an unknown type",
               [&] { expect(stanza("ack", {{"class", "notification"}, {"id", id}})); });
}

void ClientBench::expect_connections(std::size_t count, Duration within) {
  const auto is_over = [&] { return script_.opened() >= count || client().ended(); };
  // What is in the making needs real time; for what a client waits for, its clock can be moved.
  Duration left = within;
  if (has_clock() && !driver().has_virtual_clock()) {
    driver().run_until(is_over, std::min(within, kInTheMaking));
    for (; left > kInTheMaking && !is_over(); left -= kClockStride) pass(kClockStride);
  }
  if (!driver().run_until(is_over, std::max(left, Duration{})) || script_.opened() < count) {
    fail_case(
        "the client connects again", std::to_string(count) + " connections",
        std::to_string(script_.opened()) + "; the client " + client().ended().value_or("runs"));
  }
}

void ClientBench::expect_closed_by_client(ConnectionId connection, Duration within) {
  driver().run_until([&] { return script_.end(connection) != nullptr; }, within);
  const ScriptedServer::End* end = script_.end(connection);
  if (end == nullptr || !end->by_client) {
    fail_case("the client closes the connection", "a connection that the client has closed",
              end == nullptr ? "it is still open" : "the server has closed it");
  }
}

void ClientBench::expect_disconnected(Duration within) {
  if (!driver().run_until([&] { return !script_.current(); }, within)) {
    fail_case("the client closes the connection", "no open connection",
              "the connection is still open");
  }
}

void ClientBench::expect_alive() {
  if (client().ended())
    fail_case("the client's process goes on", "a running process", *client().ended());
}

}  // namespace doublecheck::harness
