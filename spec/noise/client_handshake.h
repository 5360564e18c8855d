#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/noise/certificate.h"
#include "spec/noise/faults.h"
#include "spec/noise/handshake_message.h"
#include "spec/noise/key_agreement.h"
#include "spec/noise/symmetric_state.h"
#include "spec/noise/transport_cipher.h"
#include "spec/wire/intro.h"

// The client's side of the Noise handshake. Messages are HandshakeMessage payloads of frames;
// framing, time-outs and the intro header are the caller's.
namespace doublecheck::noise {

// What a client keeps of a handshake in order to resume by IK the next time.
struct ResumptionTicket {
  PublicKey server_static{};
  VerifiedChain validity;

  bool valid_at(UnixTime time) const {
    return validity.leaf.contains(time) && validity.intermediate.contains(time);
  }
  bool operator==(const ResumptionTicket&) const = default;
};

struct ClientHandshakeConfig {
  KeyPair static_key;  // the "noise key"
  TrustRoot trust_root;
  wire::IntroHeader prologue = wire::kIntroHeader;
  Bytes payload;  // encoded ClientPayload

  // Resumption happens with a ticket that is valid now, for a device that has been paired
  // (NOISE-19), unless the last attempt to resume failed (NOISE-22).
  std::optional<ResumptionTicket> ticket;
  bool registered = false;
  bool last_resumption_failed = false;

  ClientHandshakeFaults faults;
};

struct ClientHandshakeResult {
  Pattern pattern;
  std::optional<Bytes> client_finish;  // to be sent before any transport frame; none after IK
  TransportCipher cipher;
  PublicKey server_static{};
  CertificateChain certificate_chain;
  ResumptionTicket ticket;  // worth keeping if the device is registered
};

//   ClientHandshake handshake(config);
//   send(handshake.start(context));                       ClientHello
//   result = handshake.on_message(received, context);     ServerHello; the handshake is over
//   if (result->client_finish) send(*result->client_finish);
//
// After a failure the connection is to be closed; nothing more is sent, in particular no
// ClientFinish (NOISE-13, CERT-09).
class ClientHandshake {
 public:
  explicit ClientHandshake(ClientHandshakeConfig config) : config_(std::move(config)) {}

  // The ClientHello. Fails if called twice.
  Result<Bytes> start(const Context& context);

  // Takes the ServerHello. Fails for anything else, in any other state, and for a ServerHello that
  // does not convince.
  Result<ClientHandshakeResult> on_message(ByteView bytes, const Context& context);

  // Whether the ClientHello asked for resumption. If then the handshake fails, the next one must
  // not (NOISE-22).
  bool attempted_resumption() const { return attempted_resumption_; }

 private:
  struct NotStarted {};
  struct AwaitingServerHello {
    EphemeralKey ephemeral;
    SymmetricState symmetric;
    bool resuming = false;
  };
  struct Ended {};

  wire::IntroHeader prologue() const { return config_.faults.prologue.value_or(config_.prologue); }
  Bytes static_plaintext() const;

  Result<ClientHandshakeResult> finish_resumption(AwaitingServerHello state,
                                                  const ServerHello& hello, const Context& context);
  Result<ClientHandshakeResult> finish_exchange(Pattern pattern, AwaitingServerHello state,
                                                const ServerHello& hello, const Context& context);

  ClientHandshakeConfig config_;
  std::variant<NotStarted, AwaitingServerHello, Ended> state_;
  bool attempted_resumption_ = false;
};

}  // namespace doublecheck::noise
