#include "spec/signal/session.h"

#include <algorithm>
#include <utility>

#include "spec/signal/limits.h"
#include "spec/signal/public_key.h"
#include "spec/signal/x3dh.h"

namespace doublecheck::signal {
namespace {

constexpr std::string_view kWhat = "signal message";

}  // namespace

std::string_view to_string(MessageType type) {
  return type == MessageType::kPrekey ? "pkmsg" : "msg";
}

Result<Session> Session::initiate(const LocalIdentity& local, const PrekeyBundle& bundle,
                                  const Context& context) {
  if (!context.guard.holds(Rule::SESSION_04, bundle.is_signed())) {
    return fail("prekey bundle", "the signature of the signed prekey is wrong");
  }
  const KeyPair base_key = KeyPair::generate(context.random);
  const KeyPair ratchet_key = KeyPair::generate(context.random);
  const std::optional<RootAndChain> start =
      x3dh_as_initiator(local.identity_key, base_key, bundle, context.guard);
  if (!start) return fail("prekey bundle", "a public key is of low order");
  // The responder's first ratchet key is its signed prekey.
  const std::optional<RootAndChain> step = ratchet_step(start->root_key, ratchet_key.private_key,
                                                        bundle.signed_prekey.key, context.guard);
  if (!step) return fail("prekey bundle", "a public key is of low order");

  Session session;
  session.local_identity = local.identity_key.public_key;
  session.remote_identity = bundle.identity_key;
  session.local_registration_id = local.registration_id;
  session.remote_registration_id = bundle.registration_id;
  session.base_key = base_key.public_key;
  session.root_key = step->root_key;
  session.ratchet_key = ratchet_key;
  session.sending.key = step->chain_key;
  session.pending =
      Pending{.one_time_prekey_id = std::nullopt, .signed_prekey_id = bundle.signed_prekey.id};
  if (bundle.one_time_prekey) session.pending->one_time_prekey_id = bundle.one_time_prekey->id;
  return session;
}

DecryptResult<Session> Session::respond(const PrekeyStore& store,
                                        const PrekeySignalMessage& message, const Guard& guard) {
  const LocalIdentity& local = store.identity();
  const SignedPrekey* const signed_prekey = store.signed_prekey(message.signed_prekey_id);
  if (signed_prekey == nullptr) return refuse(kWhat, DecryptFailure::kUnknownPrekey);
  const OneTimePrekey* one_time_prekey = nullptr;
  if (message.one_time_prekey_id) {
    one_time_prekey = store.one_time_prekey(*message.one_time_prekey_id);
    if (one_time_prekey == nullptr) return refuse(kWhat, DecryptFailure::kUnknownPrekey);
  }
  const std::optional<RootAndChain> start =
      x3dh_as_responder(local.identity_key, *signed_prekey, one_time_prekey, message.identity_key,
                        message.base_key, guard);
  if (!start) return refuse(kWhat, DecryptFailure::kInvalidKey);

  Session session;
  session.local_identity = local.identity_key.public_key;
  session.remote_identity = message.identity_key;
  session.local_registration_id = local.registration_id;
  session.remote_registration_id = message.registration_id;
  session.base_key = message.base_key;
  session.root_key = start->root_key;
  session.ratchet_key = signed_prekey->key;
  // The peer's first message brings the first sending chain that is used; this one is replaced
  // then.
  session.sending.key = start->chain_key;
  return session;
}

Result<Encrypted> Session::encrypt(ByteView plaintext) {
  if (plaintext.size() > kMaxMessageSize) return fail(kWhat, "too large");
  SendingChain chain = sending;
  const std::optional<NumberedSeed> taken = chain.take();
  if (!taken) return fail(kWhat, "the sending chain is exhausted");

  const MessageKeys keys = derive_message_keys(taken->seed);
  Encrypted encrypted{.type = MessageType::kSignal,
                      .bytes = encode_signal_message(
                          {.ratchet_key = ratchet_key.public_key,
                           .counter = taken->counter,
                           .previous_counter = previous_counter,
                           .ciphertext = aes256_cbc_encrypt(keys.cipher_key, keys.iv, plaintext)},
                          keys.mac_key, {.sender = local_identity, .receiver = remote_identity})};
  if (pending) {
    encrypted.type = MessageType::kPrekey;
    encrypted.bytes =
        encode_prekey_signal_message({.one_time_prekey_id = pending->one_time_prekey_id,
                                      .base_key = base_key,
                                      .identity_key = local_identity,
                                      .message = std::move(encrypted.bytes),
                                      .registration_id = local_registration_id,
                                      .signed_prekey_id = pending->signed_prekey_id});
  }
  if (encrypted.bytes.size() > kMaxMessageSize) return fail(kWhat, "too large");
  sending = chain;
  return encrypted;
}

DecryptResult<Advanced> Session::decrypt(ByteView encoded, const SignalMessage& message,
                                         const Context& context) const {
  // Everything happens to a copy, which is thrown away unless the message turns out to be genuine.
  Session next = *this;
  auto chain = std::ranges::find(next.receiving, message.ratchet_key, &PeerChain::ratchet_key);
  const bool turned = chain == next.receiving.end();  // the peer has turned its ratchet
  if (turned) {
    const std::optional<RootAndChain> step =
        ratchet_step(root_key, ratchet_key.private_key, message.ratchet_key, context.guard);
    if (!step) return refuse(kWhat, DecryptFailure::kInvalidKey);
    next.root_key = step->root_key;
    chain = next.receiving.insert(
        next.receiving.end(),
        {.ratchet_key = message.ratchet_key, .chain = ReceivingChain::from(step->chain_key)});
  }

  const std::expected<MessageSeed, DecryptFailure> seed =
      chain->chain.take(message.counter, context.guard);
  if (!seed) return refuse(kWhat, seed.error());
  const MessageKeys keys = derive_message_keys(*seed);
  const Participants participants{.sender = remote_identity, .receiver = local_identity};
  if (!context.guard.holds(Rule::SESSION_08, has_valid_mac(encoded, keys.mac_key, participants))) {
    return refuse(kWhat, DecryptFailure::kBadMac);
  }
  std::optional<Bytes> plaintext = aes256_cbc_decrypt(keys.cipher_key, keys.iv, message.ciphertext);
  if (!plaintext) return refuse(kWhat, DecryptFailure::kBadPadding);

  if (turned) {
    const KeyPair own = KeyPair::generate(context.random);
    const std::optional<RootAndChain> step =
        ratchet_step(next.root_key, own.private_key, message.ratchet_key, context.guard);
    if (!step) return refuse(kWhat, DecryptFailure::kInvalidKey);
    next.root_key = step->root_key;
    next.ratchet_key = own;
    next.previous_counter = sending.next == 0 ? 0 : sending.next - 1;
    next.sending = {.key = step->chain_key, .next = 0};
    if (!context.guard.holds(Rule::SESSION_22, next.receiving.size() <= kMaxReceivingChains))
      next.receiving.erase(next.receiving.begin());
  }
  next.pending.reset();
  return Advanced{.session = std::move(next), .plaintext = *std::move(plaintext)};
}

bool Session::knows(const PublicKey& peer_ratchet_key) const {
  return std::ranges::find(receiving, peer_ratchet_key, &PeerChain::ratchet_key) != receiving.end();
}

}  // namespace doublecheck::signal
