#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reference/server/account.h"
#include "spec/base/crypto.h"
#include "spec/base/time.h"
#include "spec/noise/client_payload.h"
#include "spec/trace/record.h"

// What the server knows about one open connection, above its byte stream.
namespace doublecheck::server {

struct HandshakePhase {};

// A companion that has no account yet shows references as QR codes, one after the other.
struct PairingReference {
  std::string text;
  Instant shown_from;
  Instant valid_until;
  bool used = false;
};

// What was promised to a companion that has to be signed before its device exists.
struct PairingOffer {
  std::string iq_id;
  std::string phone_number;
  std::uint16_t device = 0;
  std::uint32_t key_index = 0;
  Bytes signed_identity;  // ADVSignedDeviceIdentity without device signature
};

// A pairing by 8-character code that waits for the phone, or for the companion's answer to it.
struct CodePairing {
  std::string reference;
  std::string phone_number;
  Bytes wrapped_companion_key;
  std::optional<KeyPair> phone_ephemeral;  // once the code was entered
  PublicKey companion_ephemeral{};
};

struct PairingPhase {
  PublicKey noise_key{};
  noise::ClientPayload registration;
  std::string pair_device_iq;
  std::vector<PairingReference> references;
  std::optional<PairingOffer> offer;
  std::optional<CodePairing> code;
};

struct LoggedInPhase {
  DeviceAddress address;
  // A login that came with a resumed handshake may be a replay: until the client's first transport
  // frame it displaces nobody and is given nothing (NOISE-24).
  bool proven = true;
  bool active = false;

  bool available = false;  // as its presence says
  // Whose presence it wants to hear of, by phone number, and as it named them. They last as long as
  // the connection.
  std::map<std::string, wire::Jid> subscriptions = {};
  // The ids of newsletters of whose posts it wants to hear news, and until when.
  std::map<std::string, Instant> live_updates = {};
};

// Nothing more is said. The host has been told to close, or will be when the peer has not closed by
// the session's deadline.
struct EndedPhase {
  std::string reason;
};

using Phase = std::variant<HandshakePhase, PairingPhase, LoggedInPhase, EndedPhase>;

struct Session {
  trace::ConnectionId id = 0;
  std::string carrier;
  Instant opened_at;
  Phase phase = HandshakePhase{};

  // The next time at which the phase wants a tick.
  std::optional<Instant> deadline;

  template <typename P>
  P* in() {
    return std::get_if<P>(&phase);
  }
  bool ended() const { return std::holds_alternative<EndedPhase>(phase); }
};

}  // namespace doublecheck::server
