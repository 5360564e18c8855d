#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/actor/matcher.h"
#include "harness/actor/scripted_server.h"
#include "harness/actor/transcript.h"
#include "harness/iut/client_under_test.h"
#include "harness/iut/reference_client.h"
#include "harness/suite/verdict.h"
#include "reference/server/admin.h"
#include "reference/server/effect.h"
#include "reference/server/server.h"
#include "spec/base/random.h"

// What a case against a client gets: one client, the server that it is told to connect to, and a
// script for that server.
//
// Verdicts rest on what the server sees on the wire; what the client tells its application is only
// for steering, and for preconditions.
namespace doublecheck::harness {

using std::chrono::seconds;

// How client and server are put together: in memory on virtual time, or an adapter process beside
// loopback sockets.
class ClientStage {
 public:
  virtual ~ClientStage() = default;

  virtual Driver& driver() = 0;
  virtual ClientUnderTest& client() = 0;
  // Whether time passes on command, for everybody here.
  virtual bool has_clock() = 0;
  virtual void pass(Duration duration) = 0;
  // Calls of the server, whose effects are carried out.
  virtual server::AdminReply admin(const server::AdminCommand& command) = 0;
  virtual const server::Server& server() const = 0;
  virtual void inject(ConnectionId connection, const wire::Node& stanza) = 0;
  virtual void inject_plaintext(ConnectionId connection, ByteView plaintext) = 0;
  // A reference client beside the one that is judged.
  virtual std::unique_ptr<ReferenceClient> make_contact(const std::string& name) = 0;
  // A client like the one that is judged, as new as that one was at first; nullptr when it cannot
  // be started.
  virtual std::unique_ptr<ClientUnderTest> make_another() = 0;
};

// The two names of a device.
struct DeviceNames {
  wire::Jid jid;  // by phone number
  wire::Jid lid;

  wire::Jid user() const { return jid.account(); }
  bool is(const wire::Jid* named) const {
    return named != nullptr && (*named == jid || *named == lid);
  }
};

// Somebody whom the client exchanges messages with: a reference client that is online.
struct Contact : DeviceNames {
  std::unique_ptr<ReferenceClient> client;
};

class ClientBench {
 public:
  ClientBench(ClientStage& stage, ScriptedServer& script, std::unique_ptr<RandomSource> random)
      : stage_(stage), script_(script), random_(std::move(random)) {}

  Driver& driver() { return stage_.driver(); }
  ClientUnderTest& client() { return stage_.client(); }
  ScriptedServer& script() { return script_; }
  const server::Server& server() const { return stage_.server(); }
  RandomSource& random() { return *random_; }

  // Unsupported unless the client can be asked for this.
  void need(const std::string& capability);
  // Whether `pass` works: on virtual time, and with an adapter that can move its library's clock.
  bool has_clock() { return stage_.has_clock(); }
  // Time passes at both ends; unsupported without such a clock.
  void pass(Duration duration);
  // The wall clock jumps at both ends, as when somebody sets it; unsupported where nobody can.
  void jump_clock(Duration by);

  // ---- Steering; failures are inconclusive

  // Tells the client to connect, and waits until it has opened a new connection.
  ConnectionId start_connecting();
  // The text of the QR code that the client shows once it is connected.
  std::string show_qr();
  server::PairedDevice scan(const std::string& qr,
                            server::PairFault fault = server::PairFault::kNone);
  // What only an operator of the server can do.
  server::AdminReply admin(const server::AdminCommand& command) { return stage_.admin(command); }
  // Tells the client to disconnect, and waits until it has.
  void disconnect();
  // Shows a QR code, which is scanned, pairs, restarts, and logs in until it reports that it is
  // open.
  client::Opened come_online();
  // A contact with an account of this name; those of one name are devices of one account.
  Contact& contact(const std::string& name);
  // Another device of the client's own account.
  Contact& own_contact();
  // A new client of the same kind beside the one that is judged, whose connections are seen from
  // now on.
  std::unique_ptr<ClientUnderTest> another_client();
  // A command to the client, or to a contact, and its CommandDone.
  client::CommandDone run(ClientUnderTest& subject, const client::Command& command);

  // The device that the client has become, as the server knows it.
  DeviceNames own_device();

  // ---- The wire

  // The connection that is open now; inconclusive when there is none.
  ConnectionId current();
  void send(const wire::Node& stanza);
  void send_plaintext(ByteView plaintext);
  // The first stanza of the client's, not yet taken, that matches; fails the case when none comes.
  wire::Node expect(const Matcher& matcher, Duration within = seconds(20));
  // Fails when a matching stanza has come and was not taken.
  void expect_none(const Matcher& matcher);
  std::size_t count(const Matcher& matcher);
  // What was due has come: the client has answered a stanza that it has to answer, a notification
  // of no known type.
  void barrier();
  // Waits until the client has opened `count` connections in all.
  void expect_connections(std::size_t count, Duration within = seconds(30));
  // Waits until the client has closed this connection; fails when it does not, and when the server
  // is faster.
  void expect_closed_by_client(ConnectionId connection, Duration within = seconds(10));
  // Waits until no connection is open.
  void expect_disconnected(Duration within = seconds(20));
  // Fails when the process that the client runs in has ended.
  void expect_alive();

 private:
  // Pairs with the account of its name, or with this one.
  Contact& pair_contact(const std::string& name, const std::optional<std::string>& account);

  ClientStage& stage_;
  ScriptedServer& script_;
  std::unique_ptr<RandomSource> random_;
  std::vector<std::unique_ptr<Contact>> contacts_;
  std::uint64_t next_barrier_ = 1;
};

}  // namespace doublecheck::harness
