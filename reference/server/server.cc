#include "reference/server/server.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/login.h"
#include "reference/server/messages.h"
#include "reference/server/other_stanzas.h"
#include "reference/server/pairing.h"
#include "reference/server/presence.h"
#include "reference/server/stanzas.h"
#include "spec/noise/client_payload.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::server {
namespace {

// How long the server's certificates are valid: not before a day ago, so that a client's clock may
// be behind.
constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::int64_t kCertificateDays = 365;

// How many numbers of stanzas are given out for one change of what is kept.
constexpr std::uint64_t kStanzaNumberBlock = 100'000;

constexpr std::uint8_t kCompressedFlag = 0x02;

// A stanza of at most kMaxStanzaBytes, compressed or not.
Result<wire::Stanza> decode_stanza(Bytes plaintext) {
  const std::unexpected<Error> too_long = fail("stanza", "is longer than kMaxStanzaBytes");
  if (plaintext.size() > kMaxStanzaBytes) return too_long;
  const bool compressed = !plaintext.empty() && (plaintext.front() & kCompressedFlag) != 0;
  auto stanza = wire::Stanza::decode(std::move(plaintext));
  if (!stanza || !compressed) return stanza;
  const auto inflated = wire::encode_payload(stanza->root());
  if (!inflated || inflated->size() > kMaxStanzaBytes) return too_long;
  return stanza;
}

}  // namespace

struct Server::Connection {
  session::ServerStream stream;
  // Since when bytes of an incomplete frame are waiting for the rest.
  std::optional<Instant> incomplete_since;
};

Server::Server(Config config, const RandomSource& random, Now now, Instruments instruments,
               AccountRules rules)
    : random_(random.fork("server", 0)),
      instruments_(instruments),
      leniency_(instruments.guard),
      state_{.config = std::move(config),
             .directory = Directory(random, std::move(rules)),
             .groups = {},
             .newsletters = {},
             .sessions = {},
             .counters = {},
             .next_stanza_number = 1},
      authority_(std::make_unique<noise::CertificateAuthority>(
          noise::CertificateAuthority::generate(*random_))),
      static_key_(KeyPair::generate(*random_)) {
  leniency_.set_lenient(state_.config.strictness == Strictness::kLenient);
  issue_certificates(now);
}

Server::~Server() = default;

const PublicKey& Server::trust_root() const { return authority_->root.public_key; }

void Server::issue_certificates(Now now) {
  const std::int64_t today = now.wall.seconds();
  noise::Validity validity;
  if (state_.config.certificate_validity == CertificateValidity::kValid) {
    validity.not_before = static_cast<std::uint64_t>(std::max<std::int64_t>(0, today - kDay));
    validity.not_after = static_cast<std::uint64_t>(today + kCertificateDays * kDay);
  } else {
    validity.not_before = static_cast<std::uint64_t>(std::max<std::int64_t>(0, today - 2 * kDay));
    validity.not_after = static_cast<std::uint64_t>(std::max<std::int64_t>(0, today - kDay));
  }
  certificate_chain_ = noise::encode_certificate_chain(
      authority_->issue(static_key_.public_key, validity, *random_));
}

void Server::rotate_noise_key(Now now) {
  static_key_ = KeyPair::generate(*random_);
  issue_certificates(now);
}

Now Server::adjusted(Now now) const {
  return {now.steady + clock_offset_, now.wall + clock_offset_};
}

Context Server::context(Now now) {
  return {
      .now = now, .random = *random_, .guard = leniency_.observes() ? Guard{leniency_} : Guard{}};
}

void Server::record(ConnectionId connection, trace::Event event, Now now) {
  if (instruments_.recorder == nullptr) return;
  instruments_.recorder->record(
      {.at = now, .endpoint = "server", .connection = connection, .event = std::move(event)});
}

void Server::trace_stanza(ConnectionId connection, trace::Direction direction,
                          const Bytes& plaintext, Now now) {
  record(connection, trace::StanzaFrame{direction, plaintext}, now);
  const auto session = state_.sessions.find(connection);
  std::optional<DeviceAddress> device;
  if (session != state_.sessions.end()) {
    if (const LoggedInPhase* login = session->second.in<LoggedInPhase>()) device = login->address;
  }
  trace_log_.add({.number = 0,
                  .at = now.wall,
                  .connection = connection,
                  .direction = direction,
                  .device = std::move(device),
                  .plaintext = plaintext});
}

Effects Server::opened(ConnectionId id, std::string carrier, Now host_now) {
  if (store_failed_) return {Close{id, "the store has failed", true}};
  const Now now = adjusted(host_now);
  HandshakeChoices choices;
  if (!faults_.entries().empty()) {
    Context step_context = context(now);
    choices = faults_.handshake(id, {step_context, *authority_, static_key_.public_key}, state_);
    if (choices.rotate_static_key) rotate_noise_key(now);
  }
  noise::ServerHandshakeConfig handshake{
      .static_key = static_key_,
      .certificate_chain = certificate_chain_,
      .accept_resumption = state_.config.noise_ik && !choices.refuse_resumption,
      .faults = {}};
  if (instruments_.tamper != nullptr) handshake.faults = instruments_.tamper->handshake(id);
  if (choices.certificate_chain) handshake.faults.certificate_chain = choices.certificate_chain;
  connections_[id] = std::make_unique<Connection>(
      Connection{session::ServerStream(std::move(handshake), kMaxHandshakeFrame), std::nullopt});
  record(id, trace::Opened{carrier}, now);
  state_.sessions[id] = Session{.id = id,
                                .carrier = std::move(carrier),
                                .opened_at = now.steady,
                                .phase = HandshakePhase{},
                                .deadline = now.steady + kHandshakeTimeout};
  mind_time(id);
  return {};
}

Effects Server::received(ConnectionId id, ByteView bytes, Now host_now) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return {};
  Connection& connection = *found->second;
  Session& session = state_.sessions.at(id);
  if (session.ended()) return {};

  const Now now = adjusted(host_now);
  Context step_context = context(now);
  Turn turn(state_, step_context);
  record(id, trace::Wire{trace::Direction::kReceived, to_bytes(bytes)}, now);
  Effects effects;
  if (!faults_.holds(id, bytes, state_, now)) read(turn, connection, session, bytes, effects);
  if (durability_ && durability_->waiting_bytes(id) > kMaxWaitingBytes) {
    turn.close(session, "kMaxWaitingBytes wait for the store");
  }
  finish(turn, id, effects);
  return effects;
}

void Server::read(Turn& turn, Connection& connection, Session& session, ByteView bytes,
                  Effects& effects) {
  const Now now = turn.context.now;
  session::ServerStream::Output output = connection.stream.receive(bytes, turn.context);
  for (Bytes& frame : output.frames) {
    record(session.id, trace::Wire{trace::Direction::kSent, frame}, now);
    effects.push_back(Send{session.id, std::move(frame)});
  }
  for (session::ServerStreamEvent& event : output.events) {
    if (!session.ended()) handle_event(turn, session, std::move(event));
  }
  if (output.failure && !session.ended()) handle_failure(turn, session, *output.failure);

  if (connection.stream.buffered() == 0) {
    connection.incomplete_since.reset();
  } else if (!connection.incomplete_since) {
    connection.incomplete_since = now.steady;
  }
  mind_time(session.id);
}

Result<Effects> Server::restore(const std::vector<store::Record>& records, Now host_now) {
  const Now now = adjusted(host_now);
  durability_.emplace();
  auto identity =
      durability_->restore(records, state_.directory, state_.groups, state_.newsletters);
  if (!identity) return propagate(identity);
  if (*identity) {
    *authority_ = (*identity)->authority;
    static_key_ = (*identity)->static_key;
    state_.next_stanza_number = (*identity)->next_stanza_number;
    state_.directory.set_unnamed((*identity)->unnamed_accounts);
    issue_certificates(now);
  }
  Effects effects;
  keep_changes(0, effects);
  return effects;
}

Effects Server::persisted(store::Ticket ticket, Now host_now) {
  if (!durability_) return {};
  const Now now = adjusted(host_now);
  Effects effects = durability_->persisted(ticket);
  // Who is sent away may linger from when he hears of it.
  for (const Effect& effect : effects) {
    const Send* send = std::get_if<Send>(&effect);
    if (send == nullptr) continue;
    const auto session = state_.sessions.find(send->connection);
    if (session != state_.sessions.end() && session->second.ended() && session->second.deadline)
      session->second.deadline = now.steady + kErrorLinger;
  }
  return effects;
}

Effects Server::store_failed(const std::string& why, Now host_now) {
  store_failed_ = true;
  durability_.reset();
  const Now now = adjusted(host_now);
  Context step_context = context(now);
  Turn turn(state_, step_context);
  Effects effects;
  const std::string reason = "the store failed: " + why;
  for (auto& [id, session] : state_.sessions) {
    turn.close(session, reason);
    session.deadline.reset();
    mind_time(id);
    record(id, trace::Closed{.by_us = true, .reason = reason}, now);
    effects.emplace_back(Close{id, reason, true});
  }
  return effects;
}

void Server::keep_changes(ConnectionId origin, Effects& effects) {
  if (!durability_) {
    state_.directory.forget_changes();
    state_.groups.forget_changes();
    state_.newsletters.forget_changes();
    return;
  }
  effects = durability_->admit(origin, identity(), state_.directory, state_.groups,
                               state_.newsletters, std::move(effects));
}

ServerIdentity Server::identity() const {
  // Numbers are kept in blocks, so that giving one out changes nothing that is kept.
  const std::uint64_t block = state_.next_stanza_number / kStanzaNumberBlock + 1;
  return {.authority = *authority_,
          .static_key = static_key_,
          .next_stanza_number = block * kStanzaNumberBlock,
          .unnamed_accounts = state_.directory.unnamed()};
}

std::vector<store::Record> Server::snapshot() const {
  return RecordKeeper::snapshot(identity(), state_.directory, state_.groups, state_.newsletters);
}

void Server::handle_event(Turn& turn, Session& session, session::ServerStreamEvent event) {
  std::visit(
      [&](auto& happened) {
        using Happened = std::decay_t<decltype(happened)>;
        const Now now = turn.context.now;
        if constexpr (std::is_same_v<Happened, session::HandshakeReceived>) {
          record(session.id,
                 trace::HandshakeFrame{trace::Direction::kReceived, std::move(happened.payload)},
                 now);
        } else if constexpr (std::is_same_v<Happened, session::HandshakeSent>) {
          record(session.id,
                 trace::HandshakeFrame{trace::Direction::kSent, std::move(happened.payload)}, now);
        } else if constexpr (std::is_same_v<Happened, session::PlaintextReceived>) {
          handle_plaintext(turn, session, std::move(happened.plaintext));
        } else {
          const auto payload = noise::decode_client_payload(happened.payload, turn.context.guard);
          if (!payload) {
            turn.count("login.undecodable");
            turn.login_failure(session, "400", payload.error().to_string());
            return;
          }
          if (instruments_.tamper != nullptr) {
            instruments_.tamper->authenticated(session.id, *payload, happened.static_key);
          }
          faults_.handshake_finished(session.id, now.steady);
          begin_session(turn, session, *payload, happened.static_key, happened.replayable);
          if (const LoggedInPhase* login = session.in<LoggedInPhase>())
            faults_.logged_in(session.id, login->address, now.steady);
        }
      },
      event);
}

// What the peer is told of its own mistake: nothing before it is authenticated, since nobody could
// read it, and nothing after a frame that is not authentic, since it may not be the peer's mistake
// (NOISE-25).
void Server::handle_failure(Turn& turn, Session& session, const session::StreamFailure& failure) {
  turn.count("stream.failed");
  const std::string why = failure.error.to_string();
  if (failure.kind == session::FailureKind::kFrame &&
      connections_.at(session.id)->stream.established()) {
    turn.stream_error(session, {}, {element("xml-not-well-formed")}, why);
  } else {
    turn.close(session, why);
  }
}

void Server::handle_plaintext(Turn& turn, Session& session, Bytes plaintext) {
  trace_stanza(session.id, trace::Direction::kReceived, plaintext, turn.context.now);
  auto stanza = decode_stanza(std::move(plaintext));
  if (!stanza) {
    turn.count("stanza.malformed");
    turn.stream_error(session, {}, {element("xml-not-well-formed")}, stanza.error().to_string());
    return;
  }
  if (instruments_.tamper != nullptr && !instruments_.tamper->received(session.id, stanza->root()))
    return;
  if (auto answers = faults_.received(session.id, stanza->root(), state_, turn.context)) {
    for (wire::Node& answer : *answers) turn.send(session.id, std::move(answer));
    return;
  }
  handle_stanza(turn, session, stanza->root());
}

void Server::handle_stanza(Turn& turn, Session& session, const wire::Node& stanza) {
  if (session.in<PairingPhase>() != nullptr) return pairing_stanza(turn, session, stanza);
  prove_session(turn, session);
  if (session.in<LoggedInPhase>() == nullptr) return;
  if (stanza.tag == "iq") return answer_iq(turn, session, stanza);
  if (stanza.tag == "message") return route_message(turn, session, stanza);
  if (stanza.tag == "receipt") return route_receipt(turn, session, stanza);
  if (stanza.tag == "ack") return settle_by_ack(turn, session, stanza);
  if (stanza.tag == "presence") return receive_presence(turn, session, stanza);
  if (stanza.tag == "chatstate") return receive_chat_state(turn, session, stanza);
  if (stanza.tag == "call") return route_call(turn, session, stanza);
  if (stanza.tag == "xmlstreamend") return turn.close(session, "the client ended the stream");
  // Session markers, batch requests and whatever is not known yet never end a
  // connection (IQ-05).
  turn.count("absorbed." + std::string(stanza.tag.view().substr(0, 40)));
}

Effects Server::closed(ConnectionId id, Now host_now) {
  const Now now = adjusted(host_now);
  Context step_context = context(now);
  Turn turn(state_, step_context);
  const auto session = state_.sessions.find(id);
  if (session == state_.sessions.end()) return {};
  turn.close(session->second, "the peer closed");
  record(id, trace::Closed{.by_us = false, .reason = "the peer closed"}, now);
  faults_.closed(id, true, now.steady);
  connections_.erase(id);
  state_.sessions.erase(session);
  timed_.erase(id);
  Effects effects;
  finish(turn, id, effects);
  return effects;
}

void Server::mind_time(ConnectionId id) {
  const Session& session = state_.sessions.at(id);
  const bool waits = connections_.at(id)->incomplete_since && !session.ended();
  if (session.deadline || waits) {
    timed_.insert(id);
  } else {
    timed_.erase(id);
  }
}

std::optional<Instant> Server::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](Instant at) {
    if (!next || at < *next) next = at;
  };
  for (const ConnectionId id : timed_) {
    const Session& session = state_.sessions.at(id);
    if (session.deadline) consider(*session.deadline);
    const auto& incomplete_since = connections_.at(id)->incomplete_since;
    if (incomplete_since && !session.ended()) consider(*incomplete_since + kFrameTimeout);
  }
  if (const auto late = faults_.next_deadline()) consider(*late);
  if (next) next = Instant{next->since_start - clock_offset_};
  return next;
}

Effects Server::tick(Now host_now) {
  const Now now = adjusted(host_now);
  Context step_context = context(now);
  Turn turn(state_, step_context);
  for (const ConnectionId id : std::set(timed_)) {
    Session& session = state_.sessions.at(id);
    if (session.deadline && *session.deadline <= now.steady) {
      if (session.in<PairingPhase>() != nullptr) {
        pairing_deadline(turn, session);
      } else if (session.ended()) {
        turn.close_ended(session);
      } else {
        turn.close(session, "the handshake took longer than kHandshakeTimeout");
      }
    }
    const auto& incomplete_since = connections_.at(id)->incomplete_since;
    if (incomplete_since && *incomplete_since + kFrameTimeout <= now.steady) {
      turn.close(session, "a frame was not complete within kFrameTimeout");
    }
    mind_time(id);
  }
  Effects effects;
  release_late(turn, effects);
  finish(turn, 0, effects);
  return effects;
}

void Server::release_late(Turn& turn, Effects& effects) {
  for (const FaultInjector::Held& held : faults_.take_held(turn.context.now.steady)) {
    const auto session = state_.sessions.find(held.connection);
    if (session == state_.sessions.end() || session->second.ended()) continue;
    read(turn, *connections_.at(held.connection), session->second, held.bytes, effects);
  }
  for (FaultInjector::Late& late : faults_.take_late(turn.context.now.steady)) {
    // They have been through the faults already.
    const auto connection = connections_.find(late.connection);
    if (connection == connections_.end() || state_.sessions.at(late.connection).ended()) continue;
    std::vector<Bytes> frames;
    for (const wire::Node& stanza : late.stanzas) {
      if (auto plaintext = wire::encode_payload(stanza))
        seal_plaintext(late.connection, *connection->second, std::move(*plaintext), turn.context,
                       frames);
    }
    send_frames(late.connection, std::move(frames), turn.context.now, effects);
  }
}

AdminReply Server::admin(const AdminCommand& command, Now host_now, Effects& effects) {
  Context step_context = context(adjusted(host_now));
  Turn turn(state_, step_context);
  if (store_failed_)
    return std::unexpected(AdminError{503, "store-failed", "the store has failed"});
  AdminReply reply = administer(turn, command);
  finish(turn, 0, effects);
  return reply;
}

void Server::finish(Turn& turn, ConnectionId origin, Effects& effects) {
  for (LogLine& line : turn.take_log()) log_.push_back(std::move(line));
  for (const std::string& waived : leniency_.take_waived()) {
    turn.count("waived." + waived);
    log_.push_back({origin, "put up with a violation of " + waived});
  }

  send_outgoing(turn, effects);
  // Faults may have ended connections, of which others hear.
  end_faulty_connections(turn);
  send_outgoing(turn, effects);
  keep_changes(origin, effects);
}

void Server::end_faulty_connections(Turn& turn) {
  for (const ConnectionId id : faults_.take_closing()) {
    const auto session = state_.sessions.find(id);
    if (session != state_.sessions.end()) turn.close(session->second, "a fault that was asked for");
  }
}

void Server::send_outgoing(Turn& turn, Effects& effects) {
  // By connection, each in its own order.
  std::vector<std::pair<ConnectionId, std::vector<Outgoing>>> by_connection;
  for (Outgoing& outgoing : turn.take_outgoing()) {
    auto same = std::ranges::find(by_connection, outgoing.connection,
                                  &decltype(by_connection)::value_type::first);
    if (same == by_connection.end()) same = by_connection.insert(same, {outgoing.connection, {}});
    same->second.push_back(std::move(outgoing));
  }
  for (auto& [id, outgoing] : by_connection) {
    if (!connections_.contains(id)) continue;  // there is nobody left to tell
    mind_time(id);
    std::vector<wire::Node> stanzas;
    std::optional<Close> close;
    for (Outgoing& item : outgoing) {
      if (item.stanza) {
        stanzas.push_back(std::move(*item.stanza));
      } else {
        close = Close{id, std::move(item.close_reason), item.abrupt};
      }
    }
    seal(id, std::move(stanzas), turn, effects);
    if (close && instruments_.tamper != nullptr && !instruments_.tamper->closing(id, close->reason))
      close.reset();
    if (close) {
      record(id, trace::Closed{.by_us = true, .reason = close->reason}, turn.context.now);
      faults_.closed(id, false, turn.context.now.steady);
      effects.emplace_back(std::move(*close));
    }
  }
}

void Server::seal(ConnectionId id, std::vector<wire::Node> stanzas, Turn& turn, Effects& effects) {
  const auto connection = connections_.find(id);
  if (connection == connections_.end() || stanzas.empty()) return;
  faults_.sending(id, stanzas, state_, turn.context);
  if (instruments_.tamper != nullptr) instruments_.tamper->sending(id, stanzas);
  std::vector<Bytes> frames;
  for (const wire::Node& stanza : stanzas) {
    auto plaintext = wire::encode_payload(stanza);
    if (!plaintext) {
      log_.push_back({id, "could not encode a stanza: " + plaintext.error().to_string()});
      continue;
    }
    seal_plaintext(id, *connection->second, std::move(*plaintext), turn.context, frames);
  }
  send_frames(id, std::move(frames), turn.context.now, effects);
}

void Server::seal_plaintext(ConnectionId id, Connection& connection, Bytes plaintext,
                            const Context& step_context, std::vector<Bytes>& frames) {
  auto frame = connection.stream.seal(plaintext, step_context.guard);
  if (!frame) {
    log_.push_back({id, "could not seal a stanza: " + frame.error().to_string()});
    return;
  }
  trace_stanza(id, trace::Direction::kSent, plaintext, step_context.now);
  frames.push_back(std::move(*frame));
}

void Server::send_frames(ConnectionId id, std::vector<Bytes> frames, Now now, Effects& effects) {
  faults_.sealed(id, frames, state_, now);
  if (instruments_.tamper != nullptr) instruments_.tamper->sealed(id, frames);
  for (Bytes& frame : frames) {
    record(id, trace::Wire{trace::Direction::kSent, frame}, now);
    effects.emplace_back(Send{id, std::move(frame)});
  }
}

Effects Server::inject(ConnectionId id, const wire::Node& stanza, Now now) {
  const auto plaintext = wire::encode_payload(stanza);
  if (!plaintext) return {};
  return inject_plaintext(id, *plaintext, now);
}

Effects Server::inject_plaintext(ConnectionId id, ByteView plaintext, Now host_now) {
  const auto connection = connections_.find(id);
  if (connection == connections_.end() || !connection->second->stream.established()) return {};
  const Context step_context = context(adjusted(host_now));
  std::vector<Bytes> frames;
  seal_plaintext(id, *connection->second, to_bytes(plaintext), step_context, frames);
  Effects effects;
  send_frames(id, std::move(frames), step_context.now, effects);
  keep_changes(id, effects);
  return effects;
}

}  // namespace doublecheck::server
