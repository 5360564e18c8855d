#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/actor/exchange.h"
#include "harness/actor/matcher.h"
#include "harness/actor/transcript.h"
#include "reference/server/tamper.h"
#include "spec/noise/client_payload.h"
#include "spec/trace/record.h"

// The script of a server that a client is judged against: the reference server, which answers as a
// server should, and whatever a case makes it do differently. It sees all that the client sends.
namespace doublecheck::harness {

using server::ConnectionId;

class ScriptedServer final : public server::Tamper, public trace::Recorder {
 public:
  explicit ScriptedServer(Transcript& transcript) : transcript_(transcript) {}

  // ---- What the server is to do differently

  // Faults of the handshakes of connections that are opened from now on.
  void set_handshake_faults(noise::ServerHandshakeFaults faults) { faults_ = std::move(faults); }
  // Stanzas of the client's that the server does not get to see; the case does.
  void hide(Matcher matcher) { hidden_.push_back(std::move(matcher)); }
  // Changes what the server sends, a step at a time: drops, doubles, edits, reorders.
  void edit(std::function<void(std::vector<wire::Node>&)> edit) { edit_ = std::move(edit); }
  // The server acts as it should again.
  void behave();
  // Changes the sealed frames of one step: damages, divides, joins.
  void edit_frames(std::function<void(std::vector<Bytes>&)> edit) {
    edit_frames_ = std::move(edit);
  }
  // Flips one bit in the last byte of the next frame that is sent.
  void corrupt_next_frame() { corrupt_ = true; }

  // Connections that are opened from now on are those of others than the client; or the client's
  // again. The script neither looks at theirs nor interferes.
  void expect_others(bool others) { others_expected_ = others; }

  // ---- What the client has done

  struct Received {
    ConnectionId connection = 0;
    wire::Node stanza;
    Now at;
  };
  std::deque<Received>& received_stanzas() { return received_; }

  // Connections that the client has opened so far, and which of them are open.
  std::size_t opened() const { return opened_; }
  std::optional<ConnectionId> current() const { return current_; }
  // How often the client has sent a frame of the handshake on a connection: the hello, and the
  // finish.
  std::size_t handshake_frames(ConnectionId connection) const;
  // The first of these frames, without its length; empty before it has come.
  const Bytes& hello(ConnectionId connection) const;
  // The first bytes of a connection, as they came.
  const Bytes& first_bytes(ConnectionId connection) const;
  // How a connection has ended; nothing while it is open.
  struct End {
    Now at;
    bool by_client = false;
  };
  const End* end(ConnectionId connection) const;
  // When connections were opened.
  const std::vector<Now>& opened_at() const { return opened_at_; }

  struct Login {
    noise::ClientPayload payload;
    PublicKey static_key{};
  };
  const Login* login(ConnectionId connection) const;

  // The first stanza of the client's that came compressed, if any has.
  const std::optional<std::string>& compressed_stanza() const { return compressed_stanza_; }

  // What the client has done wrong on its connections, whatever the case was about.
  const std::vector<ExchangeViolation>& violations() const { return violations_; }

  // ---- Tamper and recorder of the server

  noise::ServerHandshakeFaults handshake(ConnectionId connection) override {
    return others_.contains(connection) ? noise::ServerHandshakeFaults{} : faults_;
  }
  void authenticated(ConnectionId connection, const noise::ClientPayload& payload,
                     const PublicKey& static_key) override;
  bool received(ConnectionId connection, const wire::Node& stanza) override;
  void sending(ConnectionId connection, std::vector<wire::Node>& stanzas) override;
  void sealed(ConnectionId connection, std::vector<Bytes>& frames) override;
  void record(trace::Record record) override;

 private:
  Transcript& transcript_;
  noise::ServerHandshakeFaults faults_;
  std::vector<Matcher> hidden_;
  std::function<void(std::vector<wire::Node>&)> edit_;
  std::function<void(std::vector<Bytes>&)> edit_frames_;
  bool corrupt_ = false;
  bool others_expected_ = false;
  std::set<ConnectionId> others_;

  std::deque<Received> received_;
  std::size_t opened_ = 0;
  std::vector<Now> opened_at_;
  std::optional<ConnectionId> current_;
  std::map<ConnectionId, std::size_t> handshake_frames_;
  std::map<ConnectionId, Bytes> hellos_;
  std::map<ConnectionId, Bytes> first_bytes_;
  std::map<ConnectionId, End> ends_;
  std::map<ConnectionId, Login> logins_;
  std::optional<std::string> compressed_stanza_;
  std::vector<ExchangeViolation> violations_;
  std::map<ConnectionId, Exchange> exchanges_;
  Now latest_;
};

}  // namespace doublecheck::harness
