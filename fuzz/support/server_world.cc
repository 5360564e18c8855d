#include "fuzz/support/server_world.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "fuzz/support/require.h"
#include "reference/server/limits.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::fuzz {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::int64_t kStart = 1'700'000'000;  // Unix seconds
constexpr std::size_t kMaxHandshakeFrame = std::size_t{1} << 20;

}  // namespace

ServerWorld::ServerWorld()
    : random_(kSeed),
      now_{.steady = {}, .wall = UnixTime::from_seconds(kStart)},
      server_({}, random_, now_) {}

void ServerWorld::open(Companion& companion) {
  close(companion);
  companion.connection = next_connection_++;
  companion.stream.reset();
  companion.inbox.clear();
  open_[*companion.connection] = &companion;
  apply(server_.opened(*companion.connection, "memory", now_));
}

void ServerWorld::connect(Companion& companion, Bytes payload, bool resume) {
  open(companion);
  auto handshake = companion.handshake(server_.trust_root(), std::move(payload));
  if (resume) {
    handshake.ticket = companion.ticket;
    handshake.registered = true;
  }
  companion.stream.emplace(std::move(handshake), std::nullopt, kMaxHandshakeFrame);
  const auto started = companion.stream->start(context());
  for (const Bytes& frame : started.frames) send_bytes(companion, frame);
}

void ServerWorld::close(Companion& companion) {
  if (!companion.connection) return;
  const server::ConnectionId connection = *companion.connection;
  lose(connection);
}

void ServerWorld::lose(server::ConnectionId connection) {
  const auto lost = open_.find(connection);
  lost->second->connection.reset();
  open_.erase(lost);
  apply(server_.closed(connection, now_));
}

void ServerWorld::pair(Companion& companion) {
  connect(companion, companion.payload(random_));
  const auto qr = companion.qr_text();
  require(qr.has_value(), "a client without an account is sent references");
  const auto scanned =
      admin(server::ScanQr{.text = *qr, .account = {}, .fault = server::PairFault::kNone});
  require(scanned.has_value(), "a QR code can be scanned");
  const auto answer = companion.accept_pair_success(companion.inbox.back(), context());
  require(answer.has_value(), "pair-success convinces");
  send(companion, *answer);
  require(companion.inbox.back().tag == "stream:error", "a paired client is sent away to log in");
  advance(server::kErrorLinger);
  require(!companion.connection, "a client that is sent away is disconnected");
}

void ServerWorld::log_in(Companion& companion, bool resume) {
  connect(companion, companion.payload(random_), resume);
}

void ServerWorld::send(Companion& companion, const wire::Node& stanza) {
  const auto plaintext = wire::encode_payload(stanza);
  if (plaintext) send_plaintext(companion, *plaintext);
}

void ServerWorld::send_plaintext(Companion& companion, ByteView plaintext) {
  if (!companion.connection || !companion.stream || !companion.stream->established()) return;
  const auto frame = companion.stream->seal(plaintext);
  if (frame) send_bytes(companion, *frame);
}

void ServerWorld::send_bytes(Companion& companion, ByteView bytes) {
  if (companion.connection) receive(*companion.connection, bytes);
}

void ServerWorld::receive(server::ConnectionId connection, ByteView bytes) {
  apply(server_.received(connection, bytes, now_));
}

void ServerWorld::haunt(server::ConnectionId connection, ByteView bytes) {
  if (open_.contains(connection)) return;
  require(server_.received(connection, bytes, now_).empty(),
          "bytes of a closed connection are void");
  require(server_.closed(connection, now_).empty(), "a connection is closed once");
}

server::AdminReply ServerWorld::admin(const server::AdminCommand& command) {
  server::Effects effects;
  server::AdminReply reply = server_.admin(command, now_, effects);
  apply(std::move(effects));
  keep_due_deadlines();
  return reply;
}

void ServerWorld::advance(Duration duration) {
  const Instant end = now_.steady + duration;
  keep_due_deadlines();
  for (auto next = server_.next_deadline(); next && *next <= end; next = server_.next_deadline()) {
    const Duration step = *next - now_.steady;
    now_ = {now_.steady + step, now_.wall + step};
    keep_due_deadlines();
  }
  const Duration rest = end - now_.steady;
  now_ = {now_.steady + rest, now_.wall + rest};
}

void ServerWorld::keep_due_deadlines() {
  const auto due = [this] {
    const auto next = server_.next_deadline();
    return next && *next <= now_.steady;
  };
  if (!due()) return;
  apply(server_.tick(now_));
  require(!due(), "a tick leaves no deadline that is due");
}

bool ServerWorld::answers_ping(Companion& companion) {
  companion.inbox.clear();
  const wire::Node ping = companion.ping();
  send(companion, ping);
  const auto is_answer = [&](const wire::Node& node) {
    return node.tag == "iq" && node.text("id") == ping.text("id") && node.text("type") == "result";
  };
  return std::ranges::count_if(companion.inbox, is_answer) == 1;
}

void ServerWorld::require_consistent() const {
  require(server_.state().sessions.size() == open_.size(), "a session is an open connection");
  for (const auto& [connection, companion] : open_) {
    require(server_.state().sessions.contains(connection), "an open connection has a session");
  }
}

void ServerWorld::apply(server::Effects effects) {
  std::ranges::move(effects, std::back_inserter(effects_));
  if (carrying_out_) return;
  carrying_out_ = true;
  while (!effects_.empty()) {
    const server::Effect effect = std::move(effects_.front());
    effects_.pop_front();
    carry_out(effect);
  }
  carrying_out_ = false;
}

void ServerWorld::carry_out(const server::Effect& effect) {
  if (const auto* send = std::get_if<server::Send>(&effect)) {
    output_ += send->frame.size();
    require(output_ <= kMaxOutput, "output is bounded");
    const auto receiver = open_.find(send->connection);
    require(receiver != open_.end(), "nothing is sent on a closed connection");
    deliver(*receiver->second, send->frame);
  } else if (const auto* close = std::get_if<server::Close>(&effect)) {
    require(open_.contains(close->connection), "a closed connection is not closed again");
    lose(close->connection);
  }
}

void ServerWorld::deliver(Companion& companion, ByteView bytes) {
  if (!companion.stream) return;  // it only ever sent bytes, so it cannot read what comes back
  auto output = companion.stream->receive(bytes, context());
  if (output.failure && !companion.stream->established()) {
    companion.stream.reset();  // a handshake that does not convince, as with an expired certificate
    return;
  }
  require(!output.failure, "what the server sends can be opened");
  for (session::ClientStreamEvent& event : output.events) {
    if (auto* authenticated = std::get_if<session::ServerAuthenticated>(&event)) {
      companion.ticket = authenticated->ticket;
    } else if (auto* received = std::get_if<session::PlaintextReceived>(&event)) {
      const auto stanza = wire::Stanza::decode(std::move(received->plaintext));
      require(stanza.has_value(), "what the server sends is a stanza");
      companion.inbox.push_back(stanza->root());
      if (companion.inbox.size() > kMaxInbox) companion.inbox.pop_front();
    }
  }
  for (const Bytes& frame : output.frames) send_bytes(companion, frame);
}

}  // namespace doublecheck::fuzz
