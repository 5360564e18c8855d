#include "reference/client/login.h"

#include <chrono>
#include <utility>

#include "reference/client/block_list.h"
#include "reference/client/outbox.h"
#include "reference/client/prekeys.h"
#include "reference/client/privacy.h"
#include "reference/client/stanzas.h"

namespace doublecheck::client {
namespace {

// An id for the app's session that starts over every week (IB-06).
std::string unified_session_id(UnixTime now, Duration server_offset) {
  constexpr std::int64_t kWeek = std::chrono::milliseconds(std::chrono::days(7)).count();
  constexpr std::int64_t kStart = std::chrono::milliseconds(std::chrono::days(3)).count();
  const std::int64_t shifted = ((now + server_offset).milliseconds() + kStart) % kWeek;
  return std::to_string(shifted < 0 ? shifted + kWeek : shifted);
}

void read_clock(Turn& turn, const wire::Node& success) {
  // Nothing on record is this far in the future; the limit keeps the arithmetic away from its ends.
  constexpr std::uint64_t kLatest = std::uint64_t{1} << 36;
  const auto t = success.number("t");
  if (!t || *t > kLatest) return;
  const auto server_now = std::chrono::seconds(static_cast<std::int64_t>(*t));
  turn.state.server_offset =
      server_now - std::chrono::floor<std::chrono::seconds>(turn.context.now.wall.since_epoch);
}

void read_lid(Turn& turn, const wire::Node& success) {
  Credentials& credentials = turn.state.credentials;
  const wire::Jid* lid = success.jid("lid");
  if (!credentials.account || lid == nullptr || lid->server != wire::server_name::kLid ||
      lid->user.empty())
    return;
  if (credentials.account->lid == *lid) return;
  credentials.account->lid = *lid;
  credentials.peers.learn(credentials.account->jid.account(), lid->account());
  turn.changed();
}

void open(Turn& turn) {
  turn.connection().phase = OpenPhase{};
  const Account account = turn.state.credentials.account.value_or(Account{});
  turn.notify(Opened{account.jid, account.lid});
  turn.send(
      parent("ib", {element("unified_session",
                            {{"id", wire::Text(unified_session_id(turn.context.now.wall,
                                                                  turn.state.server_offset))}})}));
  if (turn.state.wants_available) announce_presence(turn);
  refresh_privacy(turn);
  refresh_block_list(turn);
  check_digest(turn);
  resume_outbox(turn);
}

void request_active(Turn& turn) {
  turn.query(query_node("passive", "set", {element("active")}), kLoginStepTimeout,
             [](Turn& later, const IqAnswer& answer) {
               if (!answer) later.remark("active: " + answer.error().to_string());
               if (!later.ending()) open(later);
             });
}

}  // namespace

void receive_success(Turn& turn, const wire::Node& success) {
  Connection& connection = turn.connection();
  if (!turn.guard().holds(Rule::LOGIN_03, connection.in<PairingPhase>() == nullptr)) {
    return turn.remark("ignored a success: this device has no account");
  }
  if (!turn.guard().holds(Rule::LOGIN_02, !connection.is_logged_in())) {
    return turn.remark("ignored a second success");
  }
  connection.phase = LoginPhase{.succeeded = true};
  connection.deadline.reset();
  turn.state.reconnect_policy.succeeded();
  read_clock(turn, success);
  read_lid(turn, success);
  replenish_prekeys(turn, kLoginStepTimeout, request_active);
}

void announce_presence(Turn& turn) {
  const State& state = turn.state;
  if (state.config.push_name.empty()) return;
  turn.send(element("presence", {{"type", state.is_available() ? "available" : "unavailable"},
                                 {"name", wire::Text(state.config.push_name)}}));
}

}  // namespace doublecheck::client
