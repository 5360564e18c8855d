#include "reference/client/client.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "reference/client/block_list.h"
#include "reference/client/commands.h"
#include "reference/client/dispatch.h"
#include "reference/client/groups.h"
#include "reference/client/introduction.h"
#include "reference/client/outbox.h"
#include "reference/client/pairing.h"
#include "reference/client/presence.h"
#include "reference/client/privacy.h"
#include "reference/client/profile.h"
#include "reference/client/receipts.h"
#include "reference/client/stanzas.h"
#include "reference/client/turn.h"
#include "spec/session/client_stream.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::client {

struct Client::Core {
  Core(Config config, std::optional<Credentials> credentials, const RandomSource& source,
       Instruments who);

  // ---- What happens.
  void begin(Turn& turn, Effects& effects);
  void carrier_up(Turn& turn, std::string carrier);
  void bytes_came(Turn& turn, ByteView bytes);
  void time_passed(Turn& turn, Effects& effects);
  void run(Turn& turn, CommandId id, const Command& command, Effects& effects);

  void handle_output(Turn& turn, session::ClientStream::Output output);
  void handle_event(Turn& turn, session::ClientStreamEvent event);
  void handle_plaintext(Turn& turn, Bytes plaintext);
  void authenticated(Turn& turn, const session::ServerAuthenticated& event);
  void phase_took_too_long(Turn& turn);
  void keep_alive(Turn& turn);

  // ---- What comes of it.
  void finish(Turn& turn, Effects& effects);
  void flush(Turn& turn, Effects& effects);
  void seal_and_send(Turn& turn, Effects& effects);
  void end_connection(Turn& turn, Effects& effects);

  // Lets something happen, and collects what comes of it.
  template <typename Happening>
  Effects step(Now now, const Happening& happen) {
    Context context{.now = now,
                    .random = *random,
                    .guard = instruments.guard == nullptr ? Guard{} : Guard{*instruments.guard}};
    Turn turn(state, context);
    Effects effects;
    happen(turn, effects);
    finish(turn, effects);
    return effects;
  }
  bool is_current(ConnectionId connection) const {
    return state.connection && state.connection->id == connection;
  }
  void record(Turn& turn, trace::Event event);

  std::unique_ptr<RandomSource> random;
  Instruments instruments;
  State state;
  ConnectionId last_connection = 0;
  std::vector<Bytes> handshake_frames;  // of this step, to be sent before all else
};

Client::Core::Core(Config config, std::optional<Credentials> credentials,
                   const RandomSource& source, Instruments who)
    : random(source.fork("client", 0)),
      instruments(std::move(who)),
      state{.config = std::move(config),
            .credentials = credentials ? std::move(*credentials) : Credentials::generate(*random),
            .connection = {},
            .reconnect_at = {},
            .reconnect_policy = {},
            .sends = {}} {}

void Client::Core::record(Turn& turn, trace::Event event) {
  if (instruments.recorder == nullptr) return;
  instruments.recorder->record({.at = turn.context.now,
                                .endpoint = instruments.endpoint,
                                .connection = state.connection ? state.connection->id : 0,
                                .event = std::move(event)});
}

// ---- Beginning

void Client::Core::begin(Turn& turn, Effects& effects) {
  state.reconnect_at.reset();
  state.connection.emplace(++last_connection, turn.now() + state.config.connect_timeout, *random);
  effects.emplace_back(OpenCarrier{last_connection});
}

void Client::Core::carrier_up(Turn& turn, std::string carrier) {
  Connection& connection = *state.connection;
  if (connection.in<OpeningPhase>() == nullptr) return;
  record(turn, trace::Opened{std::move(carrier)});
  const Credentials& credentials = state.credentials;
  noise::ClientPayload payload =
      credentials.account ? login_payload(state.config, *credentials.account, state.has_connected)
                          : registration_payload(state.config, credentials, *random);
  if (instruments.tamper != nullptr) instruments.tamper->introducing(connection.id, payload);
  noise::ClientHandshakeConfig handshake{
      .static_key = credentials.noise_key,
      .trust_root = state.config.trust_root,
      .payload = noise::encode_client_payload(payload),
      .ticket = state.config.resumes ? credentials.ticket : std::nullopt,
      .registered = credentials.account.has_value(),
      .last_resumption_failed = state.last_resumption_failed,
      .faults = {}};
  if (instruments.tamper != nullptr)
    handshake.faults = instruments.tamper->handshake(connection.id);
  connection.phase = HandshakePhase{};
  connection.deadline = turn.now() + state.config.connect_timeout;
  connection.stream.emplace(std::move(handshake), credentials.routing_info, kMaxHandshakeFrame);
  handle_output(turn, connection.stream->start(turn.context));
}

// ---- Bytes

void Client::Core::bytes_came(Turn& turn, ByteView bytes) {
  if (!state.connection->stream) return;
  record(turn, trace::Wire{trace::Direction::kReceived, to_bytes(bytes)});
  handle_output(turn, state.connection->stream->receive(bytes, turn.context));
}

void Client::Core::handle_output(Turn& turn, session::ClientStream::Output output) {
  for (Bytes& frame : output.frames) handshake_frames.push_back(std::move(frame));
  for (session::ClientStreamEvent& event : output.events) {
    if (!turn.ending()) handle_event(turn, std::move(event));
  }
  if (output.failure) turn.end(lost(output.failure->error.to_string()));
}

void Client::Core::handle_event(Turn& turn, session::ClientStreamEvent event) {
  if (auto* came = std::get_if<session::HandshakeReceived>(&event)) {
    record(turn, trace::HandshakeFrame{trace::Direction::kReceived, std::move(came->payload)});
  } else if (auto* went = std::get_if<session::HandshakeSent>(&event)) {
    record(turn, trace::HandshakeFrame{trace::Direction::kSent, std::move(went->payload)});
  } else if (auto* stanza = std::get_if<session::PlaintextReceived>(&event)) {
    handle_plaintext(turn, std::move(stanza->plaintext));
  } else {
    authenticated(turn, std::get<session::ServerAuthenticated>(event));
  }
}

void Client::Core::authenticated(Turn& turn, const session::ServerAuthenticated& event) {
  Connection& connection = *state.connection;
  state.last_resumption_failed = false;
  state.has_connected = true;
  if (state.credentials.account) {
    state.credentials.ticket = event.ticket;
    turn.changed();
    connection.phase = LoginPhase{};
  } else {
    connection.phase = PairingPhase{};
  }
  connection.deadline = turn.now() + kLoginTimeout;
  connection.established_at = turn.now();
  connection.keepalive.emplace(state.config.keepalive_interval, turn.now(), *random);
}

void Client::Core::handle_plaintext(Turn& turn, Bytes plaintext) {
  state.connection->keepalive->heard();
  record(turn, trace::StanzaFrame{trace::Direction::kReceived, plaintext});
  const auto stanza = wire::Stanza::decode(std::move(plaintext));
  if (!stanza) return turn.remark("ignored a frame: " + stanza.error().to_string());
  if (instruments.tamper != nullptr &&
      !instruments.tamper->received(state.connection->id, stanza->root()))
    return;
  handle_stanza(turn, stanza->root());
}

// ---- Time

void Client::Core::time_passed(Turn& turn, Effects& effects) {
  if (state.reconnect_at && *state.reconnect_at <= turn.now()) begin(turn, effects);
  expire_sends(turn);
  if (!state.connection) return;
  Connection& connection = *state.connection;
  if (connection.deadline && *connection.deadline <= turn.now()) phase_took_too_long(turn);
  if (const PairingPhase* pairing = connection.in<PairingPhase>();
      pairing != nullptr && pairing->next_code_at && *pairing->next_code_at <= turn.now()) {
    next_code(turn);
  }
  for (const IqHandler& handler : connection.iqs.take_expired(turn.now())) {
    handler(turn, std::unexpected(IqFailure{.kind = IqFailure::Kind::kTimeout}));
  }
  keep_alive(turn);
}

void Client::Core::phase_took_too_long(Turn& turn) {
  Connection& connection = *state.connection;
  connection.deadline.reset();
  if (connection.in<HandshakePhase>() != nullptr && turn.guard().holds(Rule::NOISE_17, false))
    return;
  Ending ending = lost("the server took too long");
  if (const PairingPhase* pairing = connection.in<PairingPhase>();
      pairing != nullptr && pairing->paired) {
    ending.loss = Loss::kRestart;
    ending.reason = "paired, and not told to connect again";
  }
  turn.end(std::move(ending));
}

void Client::Core::keep_alive(Turn& turn) {
  Connection& connection = *state.connection;
  if (!connection.keepalive || turn.ending()) return;
  switch (connection.keepalive->due(turn.now())) {
    case Keepalive::Due::kNothing:
      break;
    case Keepalive::Due::kPing:
      connection.keepalive->pinged(turn.now(), *random);
      turn.query(element("iq", {{"to", wire::Jid::of_server()}, {"type", "get"}, {"xmlns", "w:p"}}),
                 kIqTimeout, nullptr);
      break;
    case Keepalive::Due::kDead:
      // What the guard is asked is whether the connection may go on.
      if (turn.guard().holds(Rule::KEEP_03, false)) return connection.keepalive->heard();
      turn.end(lost("nothing has arrived for kPingTimeout after a ping"));
      break;
  }
}

// ---- Commands

void Client::Core::run(Turn& turn, CommandId id, const Command& command, Effects& effects) {
  if (std::holds_alternative<Connect>(command)) {
    if (state.connection) return turn.fail_command(id, "there is a connection");
    begin(turn, effects);
    turn.done(id);
  } else if (std::holds_alternative<Disconnect>(command)) {
    state.reconnect_at.reset();
    if (!state.connection) return turn.done(id);
    turn.end({.aftermath = Aftermath::kStop,
              .loss = Loss::kLost,
              .status = 0,
              .reason = "disconnected",
              .by_peer = false});
    turn.notify_after_end(CommandDone{.command = id});
  } else if (std::holds_alternative<Logout>(command)) {
    log_out(turn, id);
  } else if (const auto* pair_code = std::get_if<PairCode>(&command)) {
    request_code(turn, id, *pair_code);
  } else if (const auto* text = std::get_if<SendText>(&command)) {
    send_text(turn, id, *text);
  } else if (const auto* read = std::get_if<MarkRead>(&command)) {
    mark_read(turn, id, *read);
  } else if (const auto* presence = std::get_if<SendPresence>(&command)) {
    send_presence(turn, id, *presence);
  } else if (const auto* subscribe = std::get_if<SubscribePresence>(&command)) {
    subscribe_presence(turn, id, *subscribe);
  } else if (const auto* chat_state = std::get_if<SendChatState>(&command)) {
    send_chat_state(turn, id, *chat_state);
  } else if (const auto* create = std::get_if<CreateGroup>(&command)) {
    create_group(turn, id, *create);
  } else if (const auto* update = std::get_if<UpdateGroup>(&command)) {
    update_group(turn, id, *update);
  } else if (const auto* leave = std::get_if<LeaveGroup>(&command)) {
    leave_group(turn, id, *leave);
  } else if (const auto* name = std::get_if<SetPushName>(&command)) {
    set_push_name(turn, id, *name);
  } else if (const auto* status = std::get_if<SetStatus>(&command)) {
    set_status(turn, id, *status);
  } else if (const auto* block = std::get_if<Block>(&command)) {
    change_block_list(turn, id, block->user, true);
  } else if (const auto* unblock = std::get_if<Unblock>(&command)) {
    change_block_list(turn, id, unblock->user, false);
  } else if (std::holds_alternative<FetchBlockList>(command)) {
    fetch_block_list(turn, id);
  } else if (const auto* privacy = std::get_if<SetPrivacy>(&command)) {
    set_privacy(turn, id, *privacy);
  } else if (std::holds_alternative<FetchPrivacy>(command)) {
    fetch_privacy(turn, id);
  }
}

// ---- Effects

void Client::Core::finish(Turn& turn, Effects& effects) {
  if (turn.ending() && state.connection) {
    // Nothing that they still want to send goes out; what they want to tell does (CONTROL-07).
    for (const IqHandler& handler : state.connection->iqs.take_all()) {
      handler(turn, std::unexpected(IqFailure{.kind = IqFailure::Kind::kStreamEnded}));
    }
  }
  flush(turn, effects);
  if (turn.ending() && state.connection) end_connection(turn, effects);
}

// The application is told first, then the state is kept, and only then the peer hears of it: a
// restart in between repeats something, and loses nothing.
void Client::Core::flush(Turn& turn, Effects& effects) {
  for (Bytes& frame : handshake_frames) {
    record(turn, trace::Wire{trace::Direction::kSent, frame});
    effects.emplace_back(Send{state.connection->id, std::move(frame)});
  }
  handshake_frames.clear();
  for (Event& event : turn.take_events()) effects.emplace_back(Notify{std::move(event)});
  if (turn.take_changed()) effects.emplace_back(Persist{});
  seal_and_send(turn, effects);
}

void Client::Core::seal_and_send(Turn& turn, Effects& effects) {
  std::vector<wire::Node> stanzas = turn.take_stanzas();
  if (!state.connection || !state.connection->stream) return;
  const ConnectionId id = state.connection->id;
  if (instruments.tamper != nullptr) instruments.tamper->sending(id, stanzas);
  if (stanzas.empty()) return;
  std::vector<Bytes> frames;
  for (const wire::Node& stanza : stanzas) {
    const auto plaintext = wire::encode_payload(stanza);
    auto frame = plaintext ? state.connection->stream->seal(*plaintext, turn.guard())
                           : Result<Bytes>(std::unexpected(plaintext.error()));
    if (!frame) {
      effects.emplace_back(Notify{Remark{"could not send a stanza: " + frame.error().to_string()}});
      continue;
    }
    record(turn, trace::StanzaFrame{trace::Direction::kSent, *plaintext});
    frames.push_back(std::move(*frame));
  }
  if (instruments.tamper != nullptr) instruments.tamper->sealed(id, frames);
  for (Bytes& frame : frames) {
    record(turn, trace::Wire{trace::Direction::kSent, frame});
    effects.emplace_back(Send{id, std::move(frame)});
  }
}

void Client::Core::end_connection(Turn& turn, Effects& effects) {
  const Ending ending = *turn.ending();
  const Connection& connection = *state.connection;
  record(turn, trace::Closed{.by_us = !ending.by_peer, .reason = ending.reason});
  const bool leaves_open =
      instruments.tamper != nullptr && !instruments.tamper->closing(connection.id, ending.reason);
  if (!ending.by_peer && !leaves_open) effects.emplace_back(CloseCarrier{connection.id});
  const bool resuming = connection.stream && connection.stream->attempted_resumption();
  if (resuming && !connection.established_at) state.last_resumption_failed = true;
  const Duration lifetime =
      connection.established_at ? turn.now() - *connection.established_at : Duration{0};
  state.connection.reset();

  if (ending.aftermath == Aftermath::kLogOut) {
    state.credentials = Credentials::generate(*random);
    effects.emplace_back(Persist{});
  }
  // An application that has not paired has its user before it: it is theirs to try again.
  const bool again =
      ending.aftermath == Aftermath::kRetry && state.config.reconnects && state.credentials.account;
  if (again)
    state.reconnect_at =
        turn.now() + state.reconnect_policy.next_delay(ending.loss, lifetime, *random);
  effects.emplace_back(Notify{Closed{ending.status, ending.reason, again}});

  for (auto& [id, send] : state.sends) send.deadline.reset();
  if (!again) {
    const std::string why = ending.aftermath == Aftermath::kLogOut
                                ? "this device has no account any more"
                                : "disconnected; the message is kept";
    for (const auto& [id, send] : state.sends)
      effects.emplace_back(Notify{CommandFailed{.command = send.command, .reason = why}});
    state.sends.clear();
  }
  for (Event& event : turn.take_events_after_end()) effects.emplace_back(Notify{std::move(event)});
}

// ---- The interface

Client::Client(Config config, std::optional<Credentials> credentials, const RandomSource& random,
               Instruments instruments)
    : core_(std::make_unique<Core>(std::move(config), std::move(credentials), random,
                                   std::move(instruments))) {}

Client::~Client() = default;

Effects Client::command(CommandId id, const Command& command, Now now) {
  return core_->step(now,
                     [&](Turn& turn, Effects& effects) { core_->run(turn, id, command, effects); });
}

Effects Client::connected(ConnectionId connection, std::string carrier, Now now) {
  if (!core_->is_current(connection)) return {};
  return core_->step(now,
                     [&](Turn& turn, Effects&) { core_->carrier_up(turn, std::move(carrier)); });
}

Effects Client::received(ConnectionId connection, ByteView bytes, Now now) {
  if (!core_->is_current(connection)) return {};
  return core_->step(now, [&](Turn& turn, Effects&) { core_->bytes_came(turn, bytes); });
}

Effects Client::closed(ConnectionId connection, const std::string& reason, Now now) {
  if (!core_->is_current(connection)) return {};
  return core_->step(now, [&](Turn& turn, Effects&) { turn.end(lost(reason, true)); });
}

Effects Client::tick(Now now) {
  return core_->step(now, [&](Turn& turn, Effects& effects) { core_->time_passed(turn, effects); });
}

std::optional<Instant> Client::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](const std::optional<Instant>& at) {
    if (at && (!next || *at < *next)) next = at;
  };
  const State& state = core_->state;
  consider(state.reconnect_at);
  for (const auto& [id, send] : state.sends) consider(send.deadline);
  if (state.connection) {
    const Connection& connection = *state.connection;
    consider(connection.deadline);
    consider(connection.iqs.next_deadline());
    if (connection.keepalive) consider(connection.keepalive->next_deadline());
    if (const PairingPhase* pairing = connection.in<PairingPhase>())
      consider(pairing->next_code_at);
  }
  return next;
}

const Credentials& Client::credentials() const { return core_->state.credentials; }

bool Client::is_open() const { return core_->state.is_open(); }

}  // namespace doublecheck::client
