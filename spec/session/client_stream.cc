#include "spec/session/client_stream.h"

#include <utility>

namespace doublecheck::session {

ClientStream::ClientStream(noise::ClientHandshakeConfig handshake,
                           std::optional<Bytes> routing_info, std::size_t max_handshake_frame)
    : intro_{.header = handshake.prologue, .routing_info = std::move(routing_info)},
      handshake_(std::move(handshake)),
      frames_(max_handshake_frame) {}

ClientStream::Output ClientStream::start(const Context& context) {
  Output output;
  auto hello = handshake_.start(context);
  auto intro = wire::encode_intro(intro_);
  if (!hello || !intro) {
    output.failure = {FailureKind::kHandshake,
                      hello ? std::move(intro).error() : std::move(hello).error()};
    failed_ = true;
    return output;
  }
  auto frame = wire::encode_frame(*hello);
  if (!frame) {
    output.failure = {FailureKind::kFrame, std::move(frame).error()};
    failed_ = true;
    return output;
  }
  append(*intro, *frame);
  output.frames.push_back(std::move(*intro));
  output.events.emplace_back(HandshakeSent{std::move(*hello)});
  return output;
}

ClientStream::Output ClientStream::receive(ByteView bytes, const Context& context) {
  Output output;
  if (failed_) return output;
  frames_.feed(bytes);
  while (!output.failure) {
    auto frame = frames_.next();
    if (!frame) {
      output.failure = {FailureKind::kFrame, std::move(frame).error()};
      break;
    }
    if (!*frame) break;
    handle_frame(std::move(**frame), context, output);
  }
  failed_ = output.failure.has_value();
  return output;
}

void ClientStream::handle_frame(Bytes payload, const Context& context, Output& output) {
  if (cipher_) {
    auto plaintext = cipher_->open(payload, context.guard);
    if (!plaintext) {
      output.failure = {FailureKind::kCipher, std::move(plaintext).error()};
      return;
    }
    output.events.emplace_back(PlaintextReceived{std::move(*plaintext)});
    return;
  }
  output.events.emplace_back(HandshakeReceived{payload});
  auto result = handshake_.on_message(payload, context);
  if (!result) {
    output.failure = {FailureKind::kHandshake, std::move(result).error()};
    return;
  }
  if (result->client_finish) {
    auto frame = wire::encode_frame(*result->client_finish);
    if (!frame) {
      output.failure = {FailureKind::kFrame, std::move(frame).error()};
      return;
    }
    output.frames.push_back(std::move(*frame));
    output.events.emplace_back(HandshakeSent{std::move(*result->client_finish)});
  }
  cipher_ = result->cipher;
  frames_.set_max_payload(wire::kMaxFramePayload);
  output.events.emplace_back(
      ServerAuthenticated{.pattern = result->pattern,
                          .server_static = result->server_static,
                          .certificate_chain = std::move(result->certificate_chain),
                          .ticket = result->ticket});
}

Result<Bytes> ClientStream::seal(ByteView plaintext, const Guard& guard) {
  if (!cipher_) return fail("stream", "the server has not authenticated yet");
  if (plaintext.size() > wire::kMaxFramePayload - kGcmTagSize) {
    return fail("stream", "the plaintext does not fit a frame");
  }
  auto sealed = cipher_->seal(plaintext, guard);
  if (!sealed) return propagate(sealed);
  return wire::encode_frame(*sealed);
}

}  // namespace doublecheck::session
