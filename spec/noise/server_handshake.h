#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/noise/faults.h"
#include "spec/noise/handshake_message.h"
#include "spec/noise/key_agreement.h"
#include "spec/noise/symmetric_state.h"
#include "spec/noise/transport_cipher.h"
#include "spec/wire/intro.h"

// The server's side of the Noise handshake. Messages are HandshakeMessage payloads of frames;
// framing, time-outs and the intro header are the caller's.
namespace doublecheck::noise {

struct ServerHandshakeConfig {
  KeyPair static_key;
  Bytes certificate_chain;                          // encoded CertificateChain for that key
  wire::IntroHeader prologue = wire::kIntroHeader;  // as received from the client (NOISE-02)

  // Whether an IK hello may be accepted; otherwise it is answered by XXfallback (NOISE-20).
  bool accept_resumption = true;

  ServerHandshakeFaults faults;
};

// A client that has proved to hold its static key. Who that is, the payload says, and the caller
// must check.
struct EstablishedClient {
  Pattern pattern;
  TransportCipher cipher;
  PublicKey static_key{};
  Bytes payload;  // encoded ClientPayload

  // The payload came in the first message of the client, which anybody may have recorded and sent
  // again: nothing that it asks for may take effect before a transport frame has been opened
  // (NOISE-24).
  bool replayable = false;
};

// What became of one message. XX and XXfallback give a ServerHello first and the client with the
// next message; IK gives both at once.
struct ServerHandshakeStep {
  std::optional<Bytes> server_hello;  // to be sent on its own, before any transport frame
  std::optional<EstablishedClient> established;
};

class ServerHandshake {
 public:
  explicit ServerHandshake(ServerHandshakeConfig config) : config_(std::move(config)) {}

  // Takes the ClientHello, then, unless that established the client, the ClientFinish. After a
  // failure, and when the client is established, every further message is refused; after a failure
  // the connection is to be closed.
  Result<ServerHandshakeStep> on_message(ByteView bytes, const Context& context);

 private:
  struct AwaitingClientHello {};
  struct AwaitingClientFinish {
    Pattern pattern;
    EphemeralKey ephemeral;
    SymmetricState symmetric;
  };
  struct Ended {};

  // A resumption whose first message was authentic.
  struct Resumption {
    SymmetricState symmetric;
    PublicKey client_static{};
    Bytes payload;
  };

  wire::IntroHeader prologue() const { return config_.faults.prologue.value_or(config_.prologue); }
  Bytes certificate_chain() const {
    return config_.faults.certificate_chain.value_or(config_.certificate_chain);
  }
  std::optional<Bytes> encode_server_hello(ServerHello hello) const;

  Result<ServerHandshakeStep> on_client_hello(const ClientHello& hello, const Context& context);
  std::optional<Resumption> open_resumption(const ClientHello& hello,
                                            const PublicKey& client_ephemeral,
                                            const Guard& guard) const;
  Result<ServerHandshakeStep> accept_resumption(Resumption resumption,
                                                const PublicKey& client_ephemeral,
                                                const EphemeralKey& ephemeral, const Guard& guard);
  Result<ServerHandshakeStep> begin_exchange(Pattern pattern, const PublicKey& client_ephemeral,
                                             const EphemeralKey& ephemeral, const Guard& guard);
  Result<ServerHandshakeStep> finish_exchange(AwaitingClientFinish state,
                                              const ClientFinish& finish, const Guard& guard);

  ServerHandshakeConfig config_;
  std::variant<AwaitingClientHello, AwaitingClientFinish, Ended> state_;
};

}  // namespace doublecheck::noise
