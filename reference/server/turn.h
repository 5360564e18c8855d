#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/config.h"
#include "reference/server/directory.h"
#include "reference/server/group_directory.h"
#include "reference/server/newsletter_directory.h"
#include "reference/server/session.h"
#include "spec/base/context.h"
#include "spec/wire/node.h"

// One step of the server: something happened, the handlers look at the state, change it, and say
// what to send.
namespace doublecheck::server {

// What is counted, by name, for the operator: unknown queries, drops by reason, stanzas, refusals.
using Counters = std::map<std::string, std::uint64_t>;

struct State {
  Config config;
  Directory directory;
  GroupDirectory groups = {};
  NewsletterDirectory newsletters = {};
  std::map<ConnectionId, Session> sessions;
  Counters counters;
  std::uint64_t next_stanza_number = 1;
};

// The account and device behind a logged-in session; nothing once the device is gone.
struct Party {
  Account& account;
  Device& device;
};
std::optional<Party> party_of(State& state, Session& session);

// A stanza to seal, or the wish to close, in the order in which handlers asked.
struct Outgoing {
  ConnectionId connection = 0;
  std::optional<wire::Node> stanza;  // nothing: close
  std::string close_reason;
  bool abrupt = false;
};

struct LogLine {
  ConnectionId connection = 0;
  std::string text;
};

class Turn {
 public:
  Turn(State& server_state, Context& step_context) : state(server_state), context(step_context) {}

  State& state;
  Context& context;

  const Guard& guard() const { return context.guard; }

  void send(ConnectionId connection, wire::Node stanza) {
    outgoing_.push_back({connection, std::move(stanza), {}, false});
  }

  // Ends a session: nothing is sent on it afterwards. Its device is offline from now on.
  void close(Session& session, std::string reason, bool abrupt = false);

  // Sends `<stream:error>` with a code, a child, or both, and ends the session (STANZA-119): unless
  // the peer closes within kErrorLinger, the server does.
  void stream_error(Session& session, std::string_view code, std::vector<wire::Node> children,
                    std::string reason);

  // Sends `<failure reason>` and ends the session in the same way.
  void login_failure(Session& session, std::string_view code, std::string reason);

  // Closes a session that has ended and whose peer has not closed in time.
  void close_ended(Session& session);

  // An id for a stanza of the server's own. Its form differs from every client's, so it never
  // equals the id of a client's outstanding query (STANZA-09).
  std::string new_stanza_id();

  // The `t` attribute of something that happens now.
  std::string timestamp() const { return std::to_string(context.now.wall.seconds()); }

  void count(const std::string& what) { ++state.counters[what]; }

  // A line for the operator: what was done with something unusual, and why.
  void log(ConnectionId connection, std::string line) {
    log_.push_back({connection, std::move(line)});
  }

  std::vector<Outgoing> take_outgoing() { return std::exchange(outgoing_, {}); }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

 private:
  // Its device is offline, and stanzas from it are not looked at any more.
  void end(Session& session, std::string reason);
  void end_when_peer_closes(Session& session, std::string reason);

  std::vector<LogLine> log_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace doublecheck::server
