#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "spec/base/context.h"
#include "spec/noise/server_handshake.h"
#include "spec/session/stream.h"
#include "spec/wire/frame.h"
#include "spec/wire/intro.h"

// The server's end of one connection: intro header, frames, handshake, transport cipher.
namespace doublecheck::session {

// The client has proved to hold its static key.
struct ClientAuthenticated {
  wire::Intro intro;
  PublicKey static_key{};
  Bytes payload;            // encoded ClientPayload
  bool replayable = false;  // see EstablishedClient
};

using ServerStreamEvent =
    std::variant<HandshakeReceived, HandshakeSent, ClientAuthenticated, PlaintextReceived>;

class ServerStream {
 public:
  // The prologue of `handshake` is replaced by what the client sends. Frames of the handshake are
  // limited to `max_handshake_frame`.
  ServerStream(noise::ServerHandshakeConfig handshake, std::size_t max_handshake_frame);

  struct Output {
    std::vector<Bytes> frames;  // to send, each with its length in front
    std::vector<ServerStreamEvent> events;
    std::optional<StreamFailure> failure;
  };

  // Bytes of the carrier, in any pieces.
  Output receive(ByteView bytes, const Context& context);

  // The frame of a plaintext. Fails before the client has authenticated, when the plaintext is too
  // long for a frame, and when the counter is used up.
  Result<Bytes> seal(ByteView plaintext, const Guard& guard = {});

  bool established() const { return cipher_.has_value(); }

  // Bytes received that no complete frame has been made of.
  std::size_t buffered() const { return frames_.buffered(); }

 private:
  void handle_frame(Bytes payload, const Context& context, Output& output);

  noise::ServerHandshakeConfig config_;
  wire::IntroReader intro_reader_;
  std::optional<wire::Intro> intro_;
  wire::FrameReader frames_;
  std::optional<noise::ServerHandshake> handshake_;
  std::optional<noise::TransportCipher> cipher_;
  bool failed_ = false;
};

}  // namespace doublecheck::session
