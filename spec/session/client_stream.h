#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "spec/base/context.h"
#include "spec/noise/client_handshake.h"
#include "spec/session/stream.h"
#include "spec/wire/frame.h"
#include "spec/wire/intro.h"

// The client's end of one connection: intro header, frames, handshake, transport cipher.
namespace doublecheck::session {

// The server has proved to be the service's, and the connection carries stanzas from now on.
struct ServerAuthenticated {
  noise::Pattern pattern;
  PublicKey server_static{};
  noise::CertificateChain certificate_chain;
  noise::ResumptionTicket ticket;
};

using ClientStreamEvent =
    std::variant<HandshakeReceived, HandshakeSent, ServerAuthenticated, PlaintextReceived>;

class ClientStream {
 public:
  // `routing_info` goes in front of the intro header (TRANSPORT-11).
  ClientStream(noise::ClientHandshakeConfig handshake, std::optional<Bytes> routing_info,
               std::size_t max_handshake_frame);

  struct Output {
    std::vector<Bytes> frames;  // to send, each with its length in front
    std::vector<ClientStreamEvent> events;
    std::optional<StreamFailure> failure;
  };

  // The carrier is up: the intro header and the ClientHello, as one piece, which is how every
  // client sends them.
  Output start(const Context& context);

  // Bytes of the carrier, in any pieces.
  Output receive(ByteView bytes, const Context& context);

  // The frame of a plaintext. Fails before the server has authenticated, when the plaintext is too
  // long for a frame, and when the counter is used up.
  Result<Bytes> seal(ByteView plaintext, const Guard& guard = {});

  bool established() const { return cipher_.has_value(); }
  bool attempted_resumption() const { return handshake_.attempted_resumption(); }

 private:
  void handle_frame(Bytes payload, const Context& context, Output& output);

  wire::Intro intro_;
  noise::ClientHandshake handshake_;
  wire::FrameReader frames_;
  std::optional<noise::TransportCipher> cipher_;
  bool failed_ = false;
};

}  // namespace doublecheck::session
