#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "reference/client/effect.h"
#include "reference/client/iq_table.h"
#include "reference/client/keepalive.h"
#include "spec/base/crypto.h"
#include "spec/base/time.h"
#include "spec/session/client_stream.h"

// The one connection that a client has at a time, above its byte stream.
namespace doublecheck::client {

// The host makes the carrier.
struct OpeningPhase {};

struct HandshakePhase {};

// A pairing by 8-character code: its code is not shown before the server has given a reference for
// it (CODE-05).
struct CodePairing {
  std::string phone;
  std::string code;
  KeyPair ephemeral;
  std::optional<Bytes> reference;
};

// A device without account shows references as QR codes, one after the other.
struct PairingPhase {
  std::deque<std::string> references;  // not shown yet
  bool first_code = true;
  std::optional<Instant> next_code_at;
  std::optional<CodePairing> code;
  bool paired = false;  // it has an account, and waits to be sent away
};

// A device with an account waits for success, and then takes the steps that the server expects of
// it.
struct LoginPhase {
  bool succeeded = false;
};

struct OpenPhase {};

using Phase = std::variant<OpeningPhase, HandshakePhase, PairingPhase, LoginPhase, OpenPhase>;

struct Connection {
  Connection(ConnectionId connection, Instant phase_deadline, RandomSource& random)
      : id(connection), deadline(phase_deadline), iqs(random) {}

  ConnectionId id;
  Phase phase = OpeningPhase{};
  std::optional<Instant> deadline;  // by which the phase must have led somewhere

  std::optional<session::ClientStream> stream;  // once the carrier is up
  std::optional<Keepalive> keepalive;           // once the handshake is over
  std::optional<Instant> established_at;
  IqTable iqs;

  bool preparing_message =
      false;  // the first message of the outbox that is not encrypted is in the works
  bool uploading_prekeys = false;  // several requests at once cause one upload (PREKEY-15)

  template <typename P>
  P* in() {
    return std::get_if<P>(&phase);
  }
  template <typename P>
  const P* in() const {
    return std::get_if<P>(&phase);
  }
  // Logged in: stanzas of the account come and go.
  bool is_logged_in() const {
    const LoginPhase* login = in<LoginPhase>();
    return in<OpenPhase>() != nullptr || (login != nullptr && login->succeeded);
  }
};

}  // namespace doublecheck::client
