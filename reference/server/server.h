#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reference/server/admin.h"
#include "reference/server/config.h"
#include "reference/server/durability.h"
#include "reference/server/effect.h"
#include "reference/server/fault_injector.h"
#include "reference/server/leniency.h"
#include "reference/server/tamper.h"
#include "reference/server/trace_log.h"
#include "reference/server/turn.h"
#include "spec/base/context.h"
#include "spec/noise/certificate.h"
#include "spec/session/server_stream.h"
#include "spec/trace/record.h"

// The reference server, without I/O. Connections, bytes, administrators' commands and time go in;
// effects come out.
//
//   host:  effects = server.opened(1, "ws", now);      // a carrier is up
//          effects = server.received(1, bytes, now);   // in any pieces
//          effects = server.closed(1, now);            // the peer or the network ended it
//          effects = server.tick(now);                 // at or after next_deadline()
//          reply   = server.admin(command, now, effects);
//
// With a store, what the server says waits until everything that it knew by then is durable: so
// nothing that it acknowledged can be lost.
//
//          effects = server.restore(store.load(), now) // before anything else
//          effects = server.persisted(ticket, now)     // for each Persist, in order
//
// Deterministic: the same calls with the same seed give the same effects, byte for byte. One bad
// peer ends its own connection and nothing else.
namespace doublecheck::server {

// Who looks on and who interferes; nobody, for the reference.
struct Instruments {
  Tamper* tamper = nullptr;
  GuardObserver* guard = nullptr;
  trace::Recorder* recorder = nullptr;
};

class Server {
 public:
  // `random` is forked; `now` is when the certificates become valid; `rules` say what an account
  // starts with.
  Server(Config config, const RandomSource& random, Now now, Instruments instruments = {},
         AccountRules rules = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Effects opened(ConnectionId id, std::string carrier, Now now);
  Effects received(ConnectionId id, ByteView bytes, Now now);
  Effects closed(ConnectionId id, Now now);
  Effects tick(Now now);
  AdminReply admin(const AdminCommand& command, Now now, Effects& effects);

  // ---- With a store

  // Goes on from what a store holds; with no records, begins to fill it. An error says which record
  // is damaged, and the server is not to be used.
  Result<Effects> restore(const std::vector<store::Record>& records, Now now);

  // The changes up to this ticket are durable: what waited for them comes out.
  Effects persisted(store::Ticket ticket, Now now);

  // What a store of this server holds once all changes are durable.
  std::vector<store::Record> snapshot() const;

  // The store has failed. What waits never leaves, every connection is closed, and none is accepted
  // any more.
  Effects store_failed(const std::string& why, Now now);

  // When the next tick is due; nothing while nothing is waited for.
  std::optional<Instant> next_deadline() const;

  // The key that a client has to trust: everything else follows from the certificate chain of the
  // handshake.
  const PublicKey& trust_root() const;

  // For scripts that issue certificate chains no server should: who issues, and for which key.
  const noise::CertificateAuthority& certificate_authority() const { return *authority_; }
  const PublicKey& noise_key() const { return static_key_.public_key; }

  // For scripts that send what no server should: a stanza, or the plaintext of a frame, sealed for
  // this connection. Nothing when the connection is not there or its handshake is not finished.
  Effects inject(ConnectionId id, const wire::Node& stanza, Now now);
  Effects inject_plaintext(ConnectionId id, ByteView plaintext, Now now);

  const State& state() const { return state_; }
  std::vector<LogLine> take_log() { return std::exchange(log_, {}); }

 private:
  struct Connection;

  Now adjusted(Now now) const;
  Context context(Now now);
  void issue_certificates(Now now);
  void rotate_noise_key(Now now);

  AdminReply administer_faults(Turn& turn, const AddFault& command);

  // What has been held back is looked at, and what comes late is sent.
  void release_late(Turn& turn, Effects& effects);
  void read(Turn& turn, Connection& connection, Session& session, ByteView bytes, Effects& effects);
  void handle_event(Turn& turn, Session& session, session::ServerStreamEvent event);
  void handle_failure(Turn& turn, Session& session, const session::StreamFailure& failure);
  void handle_plaintext(Turn& turn, Session& session, Bytes plaintext);
  void handle_stanza(Turn& turn, Session& session, const wire::Node& stanza);
  AdminReply administer(Turn& turn, const AdminCommand& command);

  // What the handlers asked for becomes frames and effects, which wait for the changes.
  // `origin` is the connection that it is about, or 0.
  void finish(Turn& turn, ConnectionId origin, Effects& effects);
  void keep_changes(ConnectionId origin, Effects& effects);
  ServerIdentity identity() const;
  void seal(ConnectionId id, std::vector<wire::Node> stanzas, Turn& turn, Effects& effects);
  void end_faulty_connections(Turn& turn);
  // Whether a connection waits for something may have changed.
  void mind_time(ConnectionId id);
  void send_outgoing(Turn& turn, Effects& effects);
  void seal_plaintext(ConnectionId id, Connection& connection, Bytes plaintext,
                      const Context& step_context, std::vector<Bytes>& frames);
  void send_frames(ConnectionId id, std::vector<Bytes> frames, Now now, Effects& effects);

  void record(ConnectionId connection, trace::Event event, Now now);
  void trace_stanza(ConnectionId connection, trace::Direction direction, const Bytes& plaintext,
                    Now now);

  std::unique_ptr<RandomSource> random_;
  Instruments instruments_;
  Leniency leniency_;
  FaultInjector faults_;  // of a hostile server
  State state_;
  std::unique_ptr<noise::CertificateAuthority> authority_;
  KeyPair static_key_;
  Bytes certificate_chain_;
  std::map<ConnectionId, std::unique_ptr<Connection>> connections_;
  std::set<ConnectionId> timed_;  // those that wait for something until a certain time: few
  std::optional<Durability> durability_;
  bool store_failed_ = false;
  TraceLog trace_log_;
  std::vector<LogLine> log_;
  Duration clock_offset_{0};  // by which an administrator has advanced the clocks
};

}  // namespace doublecheck::server
