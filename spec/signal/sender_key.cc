#include "spec/signal/sender_key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "spec/signal/key_derivation.h"

namespace doublecheck::signal {
namespace {

constexpr std::string_view kWhat = "sender key message";

}  // namespace

OwnSenderKey OwnSenderKey::generate(RandomSource& random) {
  OwnSenderKey own;
  own.key_id = random.u32() & 0x7fffffff;
  own.chain.key = random.array<32>();
  own.signing_key = KeyPair::generate(random);
  return own;
}

SenderKeyDistributionMessage OwnSenderKey::distribution() const {
  return {.key_id = key_id,
          .iteration = chain.next,
          .chain_key = chain.key,
          .signing_key = signing_key.public_key};
}

Result<Bytes> OwnSenderKey::encrypt(ByteView plaintext, const Context& context) {
  if (plaintext.size() > kMaxMessageSize) return fail(kWhat, "too large");
  SendingChain next = chain;
  const std::optional<NumberedSeed> taken = next.take();
  if (!taken) return fail(kWhat, "the sending chain is exhausted");
  const GroupMessageKeys keys = derive_group_message_keys(taken->seed);
  Bytes encoded = encode_sender_key_message(
      {.key_id = key_id,
       .iteration = taken->counter,
       .ciphertext = aes256_cbc_encrypt(keys.cipher_key, keys.iv, plaintext)},
      signing_key.private_key, context.random);
  if (encoded.size() > kMaxMessageSize) return fail(kWhat, "too large");
  chain = next;
  return encoded;
}

void SenderKeyRecord::process(const SenderKeyDistributionMessage& distribution) {
  State state{.key_id = distribution.key_id,
              .signing_key = distribution.signing_key,
              .chain = ReceivingChain::from(distribution.chain_key, distribution.iteration)};
  const auto known = std::ranges::find(states_, distribution.key_id, &State::key_id);
  if (known != states_.end()) {
    const bool same_key = known->signing_key == distribution.signing_key;
    const bool in_reach =
        distribution.iteration <= std::uint64_t{known->chain.next} + kMaxForwardJump;
    if (same_key && in_reach) state.chain = std::move(known->chain);
    states_.erase(known);
  }
  states_.insert(states_.begin(), std::move(state));
  if (states_.size() > kMaxSenderKeys) states_.pop_back();
}

DecryptResult<Bytes> SenderKeyRecord::decrypt(ByteView encoded, const Guard& guard) {
  const Result<SenderKeyMessage> message = decode_sender_key_message(encoded, guard);
  if (!message) return refuse_malformed(message.error());
  const auto state = std::ranges::find(states_, message->key_id, &State::key_id);
  if (state == states_.end()) return refuse(kWhat, DecryptFailure::kNoSession);
  if (!guard.holds(Rule::SENDERKEY_02, has_valid_signature(encoded, state->signing_key))) {
    return refuse(kWhat, DecryptFailure::kBadSignature);
  }

  ReceivingChain chain = state->chain;
  const std::expected<MessageSeed, DecryptFailure> seed = chain.take(message->iteration, guard);
  if (!seed) return refuse(kWhat, seed.error());
  const GroupMessageKeys keys = derive_group_message_keys(*seed);
  std::optional<Bytes> plaintext =
      aes256_cbc_decrypt(keys.cipher_key, keys.iv, message->ciphertext);
  if (!plaintext) return refuse(kWhat, DecryptFailure::kBadPadding);
  state->chain = std::move(chain);
  return *std::move(plaintext);
}

}  // namespace doublecheck::signal
