#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>

#include "fuzz/support/companion.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

// The reference server on a virtual clock with companions at its connections. Nothing is in flight:
// what one side sends, the other has received when a function returns. The world checks what must
// hold after every step of the server, whatever the peers did:
//
//   - there are no effects for a connection that is closed, and nothing follows a Close;
//   - what it sends on a connection opens, in order, and decodes as a stanza;
//   - a tick leaves no deadline that is due;
//   - all that it sends stays below kMaxOutput.
namespace doublecheck::fuzz {

// What the server may send in one run. An input is a few kilobytes, and answers are longer than
// their queries, but not out of all proportion.
inline constexpr std::size_t kMaxOutput = std::size_t{8} * 1024 * 1024;

// Stanzas that a companion remembers, the newest ones.
inline constexpr std::size_t kMaxInbox = 32;

class ServerWorld {
 public:
  ServerWorld();

  RandomSource& random() { return random_; }
  Context context() { return {.now = now_, .random = random_, .guard = {}}; }
  const server::Server& server() const { return server_; }

  // A fresh connection for the companion, after closing the one it has. `connect` plays the whole
  // handshake, as IK if `resume` and a ticket is there; `open` sends nothing.
  void open(Companion& companion);
  void connect(Companion& companion, Bytes payload, bool resume = false);
  // The companion ends its connection.
  void close(Companion& companion);

  // A new companion of the account that is named after it, logged in. `pair` stands for the whole
  // flow from the QR code to 515.
  void pair(Companion& companion);
  void log_in(Companion& companion, bool resume = false);

  // These do nothing for a companion that is not connected, or whose handshake is not over.
  void send(Companion& companion, const wire::Node& stanza);
  void send_plaintext(Companion& companion, ByteView plaintext);
  void send_bytes(Companion& companion, ByteView bytes);

  // Bytes and an end for a connection that does not exist any more.
  void haunt(server::ConnectionId connection, ByteView bytes);
  server::ConnectionId last_connection() const { return next_connection_ - 1; }

  server::AdminReply admin(const server::AdminCommand& command);
  // Time passes, and every deadline on the way is kept.
  void advance(Duration duration);

  // Whether the companion, connected and logged in, is answered once, with a result.
  bool answers_ping(Companion& companion);

  // What must hold at the end of a run.
  void require_consistent() const;

 private:
  void receive(server::ConnectionId connection, ByteView bytes);
  void apply(server::Effects effects);
  void carry_out(const server::Effect& effect);
  void deliver(Companion& companion, ByteView bytes);
  void lose(server::ConnectionId connection);
  void keep_due_deadlines();

  SeededRandom random_;
  Now now_;
  server::Server server_;
  std::map<server::ConnectionId, Companion*> open_;
  server::ConnectionId next_connection_ = 1;
  // In the order in which the server wanted them: carrying one out can lead to others.
  std::deque<server::Effect> effects_;
  bool carrying_out_ = false;
  std::size_t output_ = 0;
};

}  // namespace doublecheck::fuzz
