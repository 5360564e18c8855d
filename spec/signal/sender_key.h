#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/signal/chain.h"
#include "spec/signal/failure.h"
#include "spec/signal/sender_key_message.h"

// Sender keys: a device encrypts once for a whole group, under a chain key that it gave every other
// device beforehand.
namespace doublecheck::signal {

// A device's own key in one group. To be replaced when somebody leaves the group (SENDERKEY-11).
struct OwnSenderKey {
  std::uint32_t key_id = 0;  // 31 bits
  KeyPair signing_key;
  SendingChain chain;

  // Draws the id, the chain key, then the signing key.
  static OwnSenderKey generate(RandomSource& random);

  // What the other devices need for the next message and all after it.
  SenderKeyDistributionMessage distribution() const;

  // Encrypts the next message; iterations are consecutive (SENDERKEY-09). Fails, and changes
  // nothing, for more than kMaxMessageSize bytes once encoded or when the chain is exhausted. Draws
  // the nonce of the signature.
  Result<Bytes> encrypt(ByteView plaintext, const Context& context);

  // For storage, as SessionRecord does it.
  Bytes serialize() const;
  static Result<OwnSenderKey> restore(ByteView serialized);
};

// The keys of one other device in one group.
class SenderKeyRecord {
 public:
  struct State {
    std::uint32_t key_id = 0;
    PublicKey signing_key{};
    ReceivingChain chain;
  };

  // The one that was distributed last first; at most kMaxSenderKeys (SENDERKEY-07).
  std::span<const State> states() const { return states_; }

  // Takes a key. One that is known is not turned back (SENDERKEY-05), unless its chain has been
  // left behind by more than kMaxForwardJump, so that it could read nothing any more. A known id
  // with another signing key is another key and replaces it. The oldest beyond kMaxSenderKeys is
  // dropped.
  void process(const SenderKeyDistributionMessage& distribution);

  // Fails with kMalformed, kNoSession, kBadSignature, kBadPadding, kDuplicate, kTooOld or
  // kTooFarAhead, and then has changed nothing. Gaps and any order are fine within the limits
  // (SENDERKEY-04, SENDERKEY-08).
  DecryptResult<Bytes> decrypt(ByteView encoded, const Guard& guard);

  // For storage, as SessionRecord does it.
  Bytes serialize() const;
  static Result<SenderKeyRecord> restore(ByteView serialized);

 private:
  std::vector<State> states_;
};

}  // namespace doublecheck::signal
