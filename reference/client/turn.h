#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reference/client/config.h"
#include "reference/client/connection.h"
#include "reference/client/credentials.h"
#include "reference/client/event.h"
#include "reference/client/iq_table.h"
#include "reference/client/reconnect_policy.h"
#include "reference/client/stream_end.h"
#include "spec/base/context.h"
#include "spec/wire/node.h"

// One step of the client: something happened, the handlers look at the state, change it, and say
// what to send and what to tell.
namespace doublecheck::client {

// A SendText that has not been answered.
struct PendingSend {
  CommandId command = 0;
  std::optional<Instant> deadline;  // once it has been sent on the present connection
};

struct State {
  Config config;
  Credentials credentials;

  std::optional<Connection> connection;
  std::optional<Instant> reconnect_at;
  ReconnectPolicy reconnect_policy;
  bool last_resumption_failed = false;  // NOISE-22
  bool has_connected = false;           // this is not the first connection

  bool wants_available = true;               // as far as there is a push name
  Duration server_offset{0};                 // the server's clock minus ours
  std::map<std::string, PendingSend> sends;  // by message id

  bool is_available() const { return wants_available && !config.push_name.empty(); }

  // Whether it is logged in and ready for use.
  bool is_open() const { return connection && connection->in<OpenPhase>() != nullptr; }
};

class Turn {
 public:
  Turn(State& client_state, Context& step_context) : state(client_state), context(step_context) {}

  State& state;
  Context& context;

  const Guard& guard() const { return context.guard; }
  Instant now() const { return context.now.steady; }

  // The present connection. Only for handlers of what comes from it.
  Connection& connection() { return *state.connection; }

  // Sends a stanza on the present connection. Nothing is sent once it has ended.
  void send(wire::Node stanza) {
    if (!ending_) stanzas_.push_back(std::move(stanza));
  }

  // Gives a query an id, sends it, and has `handler` called once with the answer or the failure; at
  // once if there is no room for another. The handler may be empty.
  void query(wire::Node iq, Duration timeout, IqHandler handler);

  void notify(Event event) { events_.emplace_back(std::move(event)); }
  void remark(std::string text) { notify(Remark{std::move(text)}); }
  void done(CommandId command) { notify(CommandDone{.command = command}); }
  void fail_command(CommandId command, std::string reason) {
    notify(CommandFailed{.command = command, .reason = std::move(reason)});
  }

  // Something has changed that has to survive a restart.
  void changed() { changed_ = true; }

  // Ends the present connection after this step. The first word counts.
  void end(Ending ending) {
    if (!ending_) ending_ = std::move(ending);
  }
  const std::optional<Ending>& ending() const { return ending_; }
  // To be told after the end of the connection was told.
  void notify_after_end(Event event) { events_after_end_.emplace_back(std::move(event)); }

  std::vector<wire::Node> take_stanzas() { return std::exchange(stanzas_, {}); }
  std::vector<Event> take_events() { return std::exchange(events_, {}); }
  std::vector<Event> take_events_after_end() { return std::exchange(events_after_end_, {}); }
  bool take_changed() { return std::exchange(changed_, false); }

 private:
  std::vector<wire::Node> stanzas_;
  std::vector<Event> events_;
  std::vector<Event> events_after_end_;
  bool changed_ = false;
  std::optional<Ending> ending_;
};

}  // namespace doublecheck::client
