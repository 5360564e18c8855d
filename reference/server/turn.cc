#include "reference/server/turn.h"

#include "reference/server/limits.h"
#include "reference/server/presence.h"

namespace doublecheck::server {

std::optional<Party> party_of(State& state, Session& session) {
  const LoggedInPhase* login = session.in<LoggedInPhase>();
  if (login == nullptr) return std::nullopt;
  Account* account = state.directory.by_phone_number(login->address.phone_number);
  Device* device = state.directory.find_device(login->address);
  if (account == nullptr || device == nullptr) return std::nullopt;
  return Party{*account, *device};
}

void Turn::end(Session& session, std::string reason) {
  std::string departed;
  if (const LoggedInPhase* login = session.in<LoggedInPhase>()) {
    Device* device = state.directory.find_device(login->address);
    if (device != nullptr && device->connection == session.id) {
      device->connection.reset();
      device->ready = false;
    }
    if (login->available) departed = login->address.phone_number;
  }
  session.phase = EndedPhase{std::move(reason)};
  session.deadline.reset();
  if (!departed.empty()) note_departure(*this, departed);
}

void Turn::close(Session& session, std::string reason, bool abrupt) {
  if (session.ended()) return;
  end(session, reason);
  outgoing_.push_back({session.id, std::nullopt, std::move(reason), abrupt});
}

void Turn::end_when_peer_closes(Session& session, std::string reason) {
  end(session, std::move(reason));
  session.deadline = context.now.steady + kErrorLinger;
}

void Turn::close_ended(Session& session) {
  session.deadline.reset();
  outgoing_.push_back(
      {session.id, std::nullopt, std::move(session.in<EndedPhase>()->reason), false});
}

void Turn::stream_error(Session& session, std::string_view code, std::vector<wire::Node> children,
                        std::string reason) {
  if (session.ended()) return;
  wire::Node error{.tag = "stream:error", .attributes = {}, .content = {}};
  if (!code.empty()) error.set("code", wire::Text(code));
  if (!children.empty()) error.content = std::move(children);
  send(session.id, std::move(error));
  end_when_peer_closes(session, std::move(reason));
}

void Turn::login_failure(Session& session, std::string_view code, std::string reason) {
  if (session.ended()) return;
  send(session.id, {.tag = "failure", .attributes = {{"reason", wire::Text(code)}}, .content = {}});
  end_when_peer_closes(session, std::move(reason));
}

std::string Turn::new_stanza_id() { return "s." + std::to_string(state.next_stanza_number++); }

}  // namespace doublecheck::server
