#include "spec/noise/client_handshake.h"

namespace doublecheck::noise {
namespace {

constexpr std::string_view kWhat = "client handshake";

// NOISE-13. Whoever lets a forgery pass has nothing to go on with.
Result<Bytes> open(SymmetricState& symmetric, const std::optional<Bytes>& ciphertext,
                   const char* failure, const Guard& guard) {
  std::optional<Bytes> plaintext = symmetric.decrypt_and_hash(ciphertext.value_or(Bytes{}));
  if (!guard.holds(Rule::NOISE_13, plaintext.has_value())) return fail(kWhat, failure);
  return std::move(plaintext).value_or(Bytes{});
}

// Whether a ServerHello has what the pattern needs. An answer to a resumption may leave the static
// key out.
bool is_complete(const ServerHello& hello, bool resuming) {
  return hello.ephemeral && hello.ephemeral->size() == PublicKey{}.size() && hello.payload &&
         (hello.static_key || resuming);
}

// The payload of the server, decoded and verified; `chain` receives what could be decoded.
Result<VerifiedChain> verify(const Bytes& payload, const TrustRoot& root,
                             const PublicKey& server_static, const Context& context,
                             CertificateChain& chain) {
  Result<CertificateChain> decoded = decode_certificate_chain(payload);
  if (decoded) chain = *std::move(decoded);
  return verify_certificate_chain(chain, root, server_static, context.now, context.guard);
}

// Why a chain is refused, which a guard may do although nothing is wrong with it.
std::unexpected<Error> refusal(Result<VerifiedChain>& verified) {
  return verified ? fail(kWhat, "the server's certificates are not wanted") : propagate(verified);
}

}  // namespace

Bytes ClientHandshake::static_plaintext() const {
  return config_.faults.static_plaintext.value_or(to_bytes(config_.static_key.public_key));
}

Result<Bytes> ClientHandshake::start(const Context& context) {
  if (!std::holds_alternative<NotStarted>(state_)) return fail(kWhat, "already started");
  state_ = Ended{};
  const Guard& guard = context.guard;
  const ClientHandshakeFaults& faults = config_.faults;

  const std::optional<ResumptionTicket>& ticket = config_.ticket;
  attempted_resumption_ =
      ticket &&
      guard.holds(Rule::NOISE_19, config_.registered && ticket->valid_at(context.now.wall)) &&
      guard.holds(Rule::NOISE_22, !config_.last_resumption_failed);

  const EphemeralKey ephemeral(faults.ephemeral_key_pair, faults.low_order_ephemeral,
                               context.random);

  SymmetricState symmetric(attempted_resumption_ ? Pattern::kIk : Pattern::kXx, prologue());
  if (attempted_resumption_) symmetric.mix_hash(ticket->server_static);
  symmetric.mix_hash(ephemeral.public_key());
  ClientHello hello{.ephemeral = to_bytes(ephemeral.public_key()), .static_key = {}, .payload = {}};

  if (attempted_resumption_) {
    auto es = mix(symmetric, ephemeral.agree(ticket->server_static, guard));
    if (!es) return propagate(es);
    hello.static_key = symmetric.encrypt_and_hash(static_plaintext());
    auto ss = mix(symmetric, agree(config_.static_key.private_key, ticket->server_static, guard));
    if (!ss) return propagate(ss);
    hello.payload = symmetric.encrypt_and_hash(config_.payload);
  }

  faults.hello_ephemeral.apply(hello.ephemeral);
  faults.hello_static_key.apply(hello.static_key);
  faults.hello_payload.apply(hello.payload);
  HandshakeMessage message;
  message.client_hello = std::move(hello);
  message.unknown_fields = faults.unknown_fields;
  state_ = AwaitingServerHello{ephemeral, symmetric, attempted_resumption_};
  return encode_handshake_message(message);
}

Result<ClientHandshakeResult> ClientHandshake::on_message(ByteView bytes, const Context& context) {
  const auto* awaiting = std::get_if<AwaitingServerHello>(&state_);
  if (awaiting == nullptr) return fail(kWhat, "no message is expected now");
  AwaitingServerHello state = *awaiting;
  state_ = Ended{};  // whatever comes of it
  const Guard& guard = context.guard;

  Result<HandshakeMessage> message = decode_handshake_message(bytes);
  if (!message) return propagate(message);
  if (message->unknown_fields && !guard.holds(Rule::NOISE_18, true)) {
    return fail(kWhat, "an unknown field");
  }
  const ServerHello hello = message->server_hello.value_or(ServerHello{});
  if (!guard.holds(Rule::NOISE_10, is_complete(hello, state.resuming))) {
    return fail(
        kWhat,
        "no ServerHello, or one without an ephemeral key of 32 bytes, static key or payload");
  }

  if (!state.resuming) return finish_exchange(Pattern::kXx, std::move(state), hello, context);
  if (!hello.static_key) return finish_resumption(std::move(state), hello, context);
  if (!guard.holds(Rule::NOISE_21, true)) return fail(kWhat, "resumption was not accepted");
  state.symmetric = SymmetricState(Pattern::kXxFallback, prologue());
  state.symmetric.mix_hash(state.ephemeral.public_key());
  return finish_exchange(Pattern::kXxFallback, std::move(state), hello, context);
}

Result<ClientHandshakeResult> ClientHandshake::finish_exchange(Pattern pattern,
                                                               AwaitingServerHello state,
                                                               const ServerHello& hello,
                                                               const Context& context) {
  const Guard& guard = context.guard;
  const ClientHandshakeFaults& faults = config_.faults;
  SymmetricState& symmetric = state.symmetric;

  const PublicKey server_ephemeral = fit_key(hello.ephemeral.value_or(Bytes{}));
  symmetric.mix_hash(server_ephemeral);
  auto ee = mix(symmetric, state.ephemeral.agree(server_ephemeral, guard));
  if (!ee) return propagate(ee);
  Result<Bytes> server_key =
      open(symmetric, hello.static_key, "the server's static key is not authentic", guard);
  if (!server_key) return propagate(server_key);
  if (!guard.holds(Rule::NOISE_11, server_key->size() == PublicKey{}.size())) {
    return fail(kWhat, "the server's static key is not 32 bytes long");
  }
  const PublicKey server_static = fit_key(*server_key);
  auto es = mix(symmetric, state.ephemeral.agree(server_static, guard));
  if (!es) return propagate(es);
  Result<Bytes> payload =
      open(symmetric, hello.payload, "the server's certificates are not authentic", guard);
  if (!payload) return propagate(payload);
  CertificateChain chain;
  Result<VerifiedChain> verified =
      verify(*payload, config_.trust_root, server_static, context, chain);
  if (!guard.holds(Rule::CERT_09, verified.has_value())) return refusal(verified);

  ClientFinish finish;
  finish.static_key = symmetric.encrypt_and_hash(static_plaintext());
  auto se = mix(symmetric, agree(config_.static_key.private_key, server_ephemeral, guard));
  if (!se) return propagate(se);
  finish.payload = symmetric.encrypt_and_hash(config_.payload);
  const TransportKeys keys = symmetric.split();

  faults.finish_static_key.apply(finish.static_key);
  faults.finish_payload.apply(finish.payload);
  HandshakeMessage message;
  message.client_finish = std::move(finish);
  message.unknown_fields = faults.unknown_fields;
  return ClientHandshakeResult{
      .pattern = pattern,
      .client_finish = encode_handshake_message(message),
      .cipher = TransportCipher(keys.client_to_server, keys.server_to_client),
      .server_static = server_static,
      .certificate_chain = std::move(chain),
      .ticket = {.server_static = server_static, .validity = verified.value_or(VerifiedChain{})}};
}

Result<ClientHandshakeResult> ClientHandshake::finish_resumption(AwaitingServerHello state,
                                                                 const ServerHello& hello,
                                                                 const Context& context) {
  const Guard& guard = context.guard;
  SymmetricState& symmetric = state.symmetric;
  const PublicKey& server_static = config_.ticket->server_static;

  const PublicKey server_ephemeral = fit_key(hello.ephemeral.value_or(Bytes{}));
  symmetric.mix_hash(server_ephemeral);
  auto ee = mix(symmetric, state.ephemeral.agree(server_ephemeral, guard));
  if (!ee) return propagate(ee);
  auto se = mix(symmetric, agree(config_.static_key.private_key, server_ephemeral, guard));
  if (!se) return propagate(se);
  Result<Bytes> payload =
      open(symmetric, hello.payload, "the server's certificates are not authentic", guard);
  if (!payload) return propagate(payload);
  CertificateChain chain;
  Result<VerifiedChain> verified =
      verify(*payload, config_.trust_root, server_static, context, chain);
  if (!guard.holds(Rule::NOISE_23, verified.has_value())) return refusal(verified);

  const TransportKeys keys = symmetric.split();
  return ClientHandshakeResult{
      .pattern = Pattern::kIk,
      .client_finish = {},
      .cipher = TransportCipher(keys.client_to_server, keys.server_to_client),
      .server_static = server_static,
      .certificate_chain = std::move(chain),
      .ticket = {.server_static = server_static,
                 .validity = verified.value_or(config_.ticket->validity)}};
}

}  // namespace doublecheck::noise
