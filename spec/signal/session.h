#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "spec/base/bytes.h"
#include "spec/base/context.h"
#include "spec/base/crypto.h"
#include "spec/base/result.h"
#include "spec/signal/chain.h"
#include "spec/signal/failure.h"
#include "spec/signal/key_derivation.h"
#include "spec/signal/message.h"
#include "spec/signal/prekey.h"

// One session between two devices: the Double Ratchet, the published Signal specification, started
// by X3DH.
namespace doublecheck::signal {

// The `type` of an `enc` node.
enum class MessageType { kPrekey, kSignal };
std::string_view to_string(MessageType type);  // "pkmsg", "msg"

struct Encrypted {
  MessageType type;
  Bytes bytes;

  bool operator==(const Encrypted&) const = default;
};

struct Session;

// What comes of a message that was right: its plaintext, and the session as it is afterwards.
struct Advanced;

struct Session {
  // A chain of the peer, and the ratchet key that names it.
  struct PeerChain {
    PublicKey ratchet_key{};
    ReceivingChain chain;
  };

  // What the initiator repeats until it has heard from the peer (SESSION-12).
  struct Pending {
    std::optional<std::uint32_t> one_time_prekey_id;
    std::uint32_t signed_prekey_id = 0;
  };

  PublicKey local_identity{};
  PublicKey remote_identity{};
  std::uint32_t local_registration_id = 0;
  std::uint32_t remote_registration_id = 0;
  PublicKey base_key{};  // the initiator's; it names the session on both sides
  RootKey root_key{};
  KeyPair ratchet_key;
  SendingChain sending;
  std::uint32_t previous_counter = 0;
  std::vector<PeerChain> receiving;  // oldest first, at most kMaxReceivingChains
  std::optional<Pending> pending;    // nothing for the responder

  // As the initiator. Refuses a bundle that is not signed (SESSION-04) or has a key of low order.
  // Draws the base key, then the first ratchet key.
  static Result<Session> initiate(const LocalIdentity& local, const PrekeyBundle& bundle,
                                  const Context& context);

  // As the responder to a first message, whose inner message is then to be decrypted. Fails with
  // kUnknownPrekey or kInvalidKey. Draws nothing.
  static DecryptResult<Session> respond(const PrekeyStore& store,
                                        const PrekeySignalMessage& message, const Guard& guard);

  // Encrypts the next message, as a prekey message while `pending`. Fails, and changes nothing, for
  // more than kMaxMessageSize bytes once encoded or when the sending chain is exhausted.
  Result<Encrypted> encrypt(ByteView plaintext);

  // Decrypts a SignalMessage, `encoded` and as decoded from there. Fails with any of kInvalidKey,
  // kBadMac, kBadPadding, kDuplicate, kTooOld and kTooFarAhead; the session is never changed, and
  // nothing drawn, unless it worked. Draws the next own ratchet key if the message has a new one of
  // the peer's.
  DecryptResult<Advanced> decrypt(ByteView encoded, const SignalMessage& message,
                                  const Context& context) const;

  // Whether the message belongs to a chain that this session has: then to no other session.
  bool knows(const PublicKey& peer_ratchet_key) const;
};

struct Advanced {
  Session session;
  Bytes plaintext;
};

}  // namespace doublecheck::signal
