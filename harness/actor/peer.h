#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/actor/credentials.h"
#include "harness/actor/exchange.h"
#include "harness/actor/matcher.h"
#include "harness/actor/transcript.h"
#include "harness/iut/server_under_test.h"
#include "spec/base/random.h"
#include "spec/noise/client_payload.h"
#include "spec/noise/faults.h"
#include "spec/session/client_stream.h"
#include "spec/wire/node.h"

// A scripted companion device: it says exactly what the case tells it to, legal or not, and waits
// for exactly what the case names. It answers nothing by itself.
//
// Methods that wait fail the case, with the transcript, when the deadline passes; they run the
// driver, so time passes only while a case waits.
namespace doublecheck::harness {

using std::chrono::seconds;

// How a connection is to be made different from a well-behaved one.
struct ConnectOptions {
  noise::ClientHandshakeFaults faults = {};
  std::optional<noise::ClientPayload> payload = {};  // instead of the one that the credentials give
  std::optional<Bytes> encoded_payload = {};         // instead of any ClientPayload
  std::optional<Bytes> routing_info = {};
  bool resume = false;         // by Noise IK, with the ticket of the last handshake
  std::size_t piece_size = 0;  // send in pieces of this size; 0: as it comes
  std::optional<wire::Node> behind_finish =
      {};  // sealed, and sent in one piece with the ClientFinish
};

class Peer {
 public:
  Peer(std::string name, Credentials credentials, ServerUnderTest& server, RandomSource& random,
       Transcript& transcript);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& name() const { return name_; }
  const Credentials& credentials() const { return credentials_; }
  Credentials& credentials() { return credentials_; }
  wire::Jid jid() const { return credentials_.paired->jid; }
  wire::Jid lid() const { return credentials_.paired->lid; }

  // ---- Connection

  // The carrier alone: nothing is sent.
  void open();
  // A fresh carrier, intro and handshake; waits until the handshake is over and its payload has
  // been sent.
  void connect(ConnectOptions options = {});
  // Starts as `connect` does, without waiting for the server's answer.
  void start_connecting(ConnectOptions options = {});
  void close();
  void reset();
  bool is_open() const;
  bool is_established() const;

  // ---- Sending

  void send(const wire::Node& stanza);
  // The plaintext of a frame, properly sealed, whatever it is.
  void send_plaintext(ByteView plaintext);
  // A frame with this payload, not sealed.
  void send_frame(ByteView payload);
  // Bytes as they are, outside of everything.
  void send_bytes(ByteView bytes);
  // The bytes of a sealed frame, for a case that sends them itself, changed or in pieces. Uses up a
  // counter.
  Bytes seal(const wire::Node& stanza);
  Bytes seal_plaintext(ByteView plaintext);

  // A fresh stanza id.
  std::string new_id();

  // ---- Receiving

  // The first stanza received, and not yet taken, that matches.
  wire::Node expect(const Matcher& matcher, Duration within = seconds(10));
  // Fails if a matching stanza has been received and not taken. Use after `barrier`.
  void expect_none(const Matcher& matcher);
  // Fails unless the server closes the connection.
  void expect_closed(Duration within = seconds(10));
  // How many stanzas received and not yet taken match.
  std::size_t count(const Matcher& matcher) const;
  // Sends a ping and waits for its answer: what was due before it has come. For logged-in peers.
  void barrier();
  // Sends the query with a fresh id and the server as `to`, unless it has its own, and returns the
  // answer.
  wire::Node ask(wire::Node iq, Duration within = seconds(10));

  const std::deque<wire::Node>& inbox() const { return inbox_; }
  // What the last handshake gave.
  const std::optional<session::ServerAuthenticated>& authenticated() const {
    return authenticated_;
  }
  // The payloads of the handshake frames received on this connection.
  const std::vector<Bytes>& handshake_frames() const { return handshake_frames_; }
  // Raw pieces received on this connection: over WebSocket, messages.
  const std::vector<Bytes>& pieces() const { return pieces_; }
  const std::string& close_reason() const { return close_reason_; }
  // What the server has done wrong on connections of this peer, whatever the case was about.
  const std::vector<ExchangeViolation>& violations() const { return violations_; }

  // ---- Flows of a well-behaved companion

  // Connects, answers pair-device, and returns the QR text to scan, with the first reference.
  std::string show_qr();
  // `show_qr`, scan, pair-success, its answer, 515.
  void pair();
  // Verifies a pair-success, takes its identity into the credentials, and returns the answer that
  // is due, to be sent.
  wire::Node answer_pair_success(const wire::Node& success);
  // Connects as the paired device and waits for `success`.
  wire::Node log_in(ConnectOptions options = {});
  // Uploads prekeys, asks for `active`, and takes everything up to the end marker of the offline
  // phase; returns the queued stanzas, in order.
  std::vector<wire::Node> activate();
  void upload_prekeys(std::size_t count);
  // All of the above, and what the phone has to say to a new companion is taken and settled: the
  // inbox is empty.
  void come_online();

  // A message to `to` with one opaque ciphertext for each of `devices`, with a fresh id unless
  // given.
  wire::Node message_to(const wire::Jid& to, const std::vector<wire::Jid>& devices,
                        std::string id = {});
  // Settles a message by a delivery receipt.
  void settle(const wire::Node& message);

 private:
  class Wire;

  void take_output(session::ClientStream::Output output);
  void send_pieces(ByteView bytes);
  Context context();
  std::string describe_inbox() const;

  std::string name_;
  Credentials credentials_;
  ServerUnderTest& server_;
  RandomSource& random_;
  Transcript& transcript_;

  std::shared_ptr<Wire> wire_;
  std::optional<session::ClientStream> stream_;
  std::size_t piece_size_ = 0;
  std::optional<wire::Node> behind_finish_;
  std::vector<ExchangeViolation> violations_;
  std::optional<Exchange> exchange_;  // of this connection
  std::deque<wire::Node> inbox_;
  std::vector<Bytes> handshake_frames_;
  std::vector<Bytes> pieces_;
  std::optional<session::ServerAuthenticated> authenticated_;
  std::string close_reason_;
  std::optional<std::string> failure_;  // why our own end of the stream gave up
  std::uint64_t next_id_ = 1;
};

}  // namespace doublecheck::harness
