#include "spec/session/server_stream.h"

#include <utility>

namespace doublecheck::session {

ServerStream::ServerStream(noise::ServerHandshakeConfig handshake, std::size_t max_handshake_frame)
    : config_(std::move(handshake)), frames_(max_handshake_frame) {}

ServerStream::Output ServerStream::receive(ByteView bytes, const Context& context) {
  Output output;
  if (failed_) return output;
  Bytes after_intro;
  if (!intro_) {
    auto intro = intro_reader_.feed(bytes, after_intro);
    if (!intro) {
      output.failure = {FailureKind::kIntro, std::move(intro).error()};
      failed_ = true;
      return output;
    }
    if (!*intro) return output;
    if (!context.guard.holds(Rule::TRANSPORT_14, (*intro)->header == wire::kIntroHeader)) {
      output.failure = {FailureKind::kIntro,
                        {"intro", "another protocol or token dictionary version", {}}};
      failed_ = true;
      return output;
    }
    intro_ = std::move(**intro);
    config_.prologue = intro_->header;
    handshake_.emplace(std::move(config_));
    bytes = after_intro;
  }
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

void ServerStream::handle_frame(Bytes payload, const Context& context, Output& output) {
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
  auto step = handshake_->on_message(payload, context);
  if (!step) {
    output.failure = {FailureKind::kHandshake, std::move(step).error()};
    return;
  }
  if (step->server_hello) {
    auto frame = wire::encode_frame(*step->server_hello);
    if (!frame) {
      output.failure = {FailureKind::kFrame, std::move(frame).error()};
      return;
    }
    output.frames.push_back(std::move(*frame));
    output.events.emplace_back(HandshakeSent{std::move(*step->server_hello)});
  }
  if (step->established) {
    cipher_ = step->established->cipher;
    frames_.set_max_payload(wire::kMaxFramePayload);
    output.events.emplace_back(ClientAuthenticated{.intro = *intro_,
                                                   .static_key = step->established->static_key,
                                                   .payload = std::move(step->established->payload),
                                                   .replayable = step->established->replayable});
  }
}

Result<Bytes> ServerStream::seal(ByteView plaintext, const Guard& guard) {
  if (!cipher_) return fail("stream", "the client has not authenticated yet");
  if (plaintext.size() > wire::kMaxFramePayload - kGcmTagSize) {
    return fail("stream", "the plaintext does not fit a frame");
  }
  auto sealed = cipher_->seal(plaintext, guard);
  if (!sealed) return propagate(sealed);
  return wire::encode_frame(*sealed);
}

}  // namespace doublecheck::session
