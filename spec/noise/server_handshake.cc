#include "spec/noise/server_handshake.h"

namespace doublecheck::noise {
namespace {

constexpr std::string_view kWhat = "server handshake";

EstablishedClient established(Pattern pattern, const SymmetricState& symmetric,
                              const PublicKey& client_static, Bytes payload) {
  const TransportKeys keys = symmetric.split();
  return {.pattern = pattern,
          .cipher = TransportCipher(keys.server_to_client, keys.client_to_server),
          .static_key = client_static,
          .payload = std::move(payload),
          .replayable = pattern == Pattern::kIk};
}

}  // namespace

Result<ServerHandshakeStep> ServerHandshake::on_message(ByteView bytes, const Context& context) {
  auto state = std::exchange(state_, Ended{});  // whatever comes of it
  if (std::holds_alternative<Ended>(state)) return fail(kWhat, "no message is expected now");

  Result<HandshakeMessage> message = decode_handshake_message(bytes);
  if (!message) return propagate(message);
  if (message->unknown_fields && !context.guard.holds(Rule::NOISE_18, true)) {
    return fail(kWhat, "an unknown field");
  }
  if (auto* awaiting = std::get_if<AwaitingClientFinish>(&state)) {
    if (!message->client_finish) return fail(kWhat, "no ClientFinish");
    return finish_exchange(std::move(*awaiting), *message->client_finish, context.guard);
  }
  if (!message->client_hello) return fail(kWhat, "no ClientHello");
  return on_client_hello(*message->client_hello, context);
}

Result<ServerHandshakeStep> ServerHandshake::on_client_hello(const ClientHello& hello,
                                                             const Context& context) {
  const std::optional<PublicKey> client_ephemeral =
      to_public_key(hello.ephemeral.value_or(Bytes{}));
  if (!client_ephemeral) return fail(kWhat, "no ephemeral key of 32 bytes");

  const ServerHandshakeFaults& faults = config_.faults;
  const EphemeralKey ephemeral(faults.ephemeral_key_pair, faults.low_order_ephemeral,
                               context.random);

  const bool asks_for_resumption = hello.static_key && hello.payload;
  if (!asks_for_resumption) {
    return begin_exchange(Pattern::kXx, *client_ephemeral, ephemeral, context.guard);
  }
  if (config_.accept_resumption && !faults.answer_resumption_with_plain_xx) {
    std::optional<Resumption> resumption = open_resumption(hello, *client_ephemeral, context.guard);
    if (resumption) {
      return accept_resumption(*std::move(resumption), *client_ephemeral, ephemeral, context.guard);
    }
  }
  const Pattern pattern =
      faults.answer_resumption_with_plain_xx ? Pattern::kXx : Pattern::kXxFallback;
  return begin_exchange(pattern, *client_ephemeral, ephemeral, context.guard);
}

// Nothing if the client knows another static key than ours, or none.
std::optional<ServerHandshake::Resumption> ServerHandshake::open_resumption(
    const ClientHello& hello, const PublicKey& client_ephemeral, const Guard& guard) const {
  SymmetricState symmetric(Pattern::kIk, prologue());
  symmetric.mix_hash(config_.static_key.public_key);
  symmetric.mix_hash(client_ephemeral);
  if (!mix(symmetric, agree(config_.static_key.private_key, client_ephemeral, guard))) {
    return std::nullopt;
  }
  const std::optional<Bytes> client_key = symmetric.decrypt_and_hash(*hello.static_key);
  const std::optional<PublicKey> client_static = to_public_key(client_key.value_or(Bytes{}));
  if (!client_static) return std::nullopt;
  if (!mix(symmetric, agree(config_.static_key.private_key, *client_static, guard))) {
    return std::nullopt;
  }
  std::optional<Bytes> payload = symmetric.decrypt_and_hash(*hello.payload);
  if (!payload) return std::nullopt;
  return Resumption{symmetric, *client_static, *std::move(payload)};
}

Result<ServerHandshakeStep> ServerHandshake::accept_resumption(Resumption resumption,
                                                               const PublicKey& client_ephemeral,
                                                               const EphemeralKey& ephemeral,
                                                               const Guard& guard) {
  SymmetricState& symmetric = resumption.symmetric;
  symmetric.mix_hash(ephemeral.public_key());
  auto ee = mix(symmetric, ephemeral.agree(client_ephemeral, guard));
  if (!ee) return propagate(ee);
  auto se = mix(symmetric, ephemeral.agree(resumption.client_static, guard));
  if (!se) return propagate(se);
  ServerHello hello{.ephemeral = to_bytes(ephemeral.public_key()), .static_key = {}, .payload = {}};
  hello.payload = symmetric.encrypt_and_hash(certificate_chain());
  return ServerHandshakeStep{
      .server_hello = encode_server_hello(std::move(hello)),
      .established = established(Pattern::kIk, symmetric, resumption.client_static,
                                 std::move(resumption.payload))};
}

Result<ServerHandshakeStep> ServerHandshake::begin_exchange(Pattern pattern,
                                                            const PublicKey& client_ephemeral,
                                                            const EphemeralKey& ephemeral,
                                                            const Guard& guard) {
  SymmetricState symmetric(pattern, prologue());
  symmetric.mix_hash(client_ephemeral);
  symmetric.mix_hash(ephemeral.public_key());
  auto ee = mix(symmetric, ephemeral.agree(client_ephemeral, guard));
  if (!ee) return propagate(ee);
  ServerHello hello{.ephemeral = to_bytes(ephemeral.public_key()), .static_key = {}, .payload = {}};
  hello.static_key = symmetric.encrypt_and_hash(
      config_.faults.static_plaintext.value_or(to_bytes(config_.static_key.public_key)));
  auto es = mix(symmetric, agree(config_.static_key.private_key, client_ephemeral, guard));
  if (!es) return propagate(es);
  hello.payload = symmetric.encrypt_and_hash(certificate_chain());
  state_ = AwaitingClientFinish{pattern, ephemeral, symmetric};
  return ServerHandshakeStep{.server_hello = encode_server_hello(std::move(hello)),
                             .established = {}};
}

Result<ServerHandshakeStep> ServerHandshake::finish_exchange(AwaitingClientFinish state,
                                                             const ClientFinish& finish,
                                                             const Guard& guard) {
  SymmetricState& symmetric = state.symmetric;
  const std::optional<Bytes> client_key =
      symmetric.decrypt_and_hash(finish.static_key.value_or(Bytes{}));
  if (!client_key) return fail(kWhat, "the client's static key is not authentic");
  const std::optional<PublicKey> client_static = to_public_key(*client_key);
  if (!client_static) return fail(kWhat, "the client's static key is not 32 bytes long");
  auto se = mix(symmetric, state.ephemeral.agree(*client_static, guard));
  if (!se) return propagate(se);
  std::optional<Bytes> payload = symmetric.decrypt_and_hash(finish.payload.value_or(Bytes{}));
  if (!payload) return fail(kWhat, "the client's payload is not authentic");
  return ServerHandshakeStep{
      .server_hello = {},
      .established = established(state.pattern, symmetric, *client_static, *std::move(payload))};
}

std::optional<Bytes> ServerHandshake::encode_server_hello(ServerHello hello) const {
  const ServerHandshakeFaults& faults = config_.faults;
  faults.ephemeral.apply(hello.ephemeral);
  faults.static_key.apply(hello.static_key);
  faults.payload.apply(hello.payload);
  HandshakeMessage message;
  message.server_hello = std::move(hello);
  message.unknown_fields = faults.unknown_fields;
  std::optional<Bytes> encoded = encode_handshake_message(message);
  faults.message.apply(encoded);
  return encoded;
}

}  // namespace doublecheck::noise
