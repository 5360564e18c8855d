#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reference/client/key_store.h"
#include "reference/client/mailbox.h"
#include "reference/client/peers.h"
#include "spec/base/bytes.h"
#include "spec/base/crypto.h"
#include "spec/base/random.h"
#include "spec/base/result.h"
#include "spec/noise/client_handshake.h"
#include "spec/pairing/adv_secret.h"
#include "spec/payload/message.h"
#include "spec/wire/jid.h"

// Everything of a client that survives a restart.
namespace doublecheck::client {

// What the device has become by pairing.
struct Account {
  wire::Jid jid;                 // own device JID, by phone number
  std::optional<wire::Jid> lid;  // and by LID
  Bytes signed_identity;         // ADVSignedDeviceIdentity with account key and both signatures
  PublicKey account_key{};       // the phone's identity

  bool operator==(const Account&) const = default;
};

struct Credentials {
  KeyPair noise_key;
  pairing::AdvSecret adv_secret{};
  KeyStore keys;

  std::optional<Account> account;
  std::optional<noise::ResumptionTicket> ticket;
  std::optional<Bytes> routing_info;  // as the server gave it, for the next connection
  bool sends_read_receipts = true;    // the account's privacy setting
  std::vector<payload::AppStateSyncKey> app_state_keys;

  Peers peers;
  Mailbox mailbox;

  // This device, which must have an account; and whether a device is of the same account.
  Address own_address() const { return peers.address_of(account->jid); }
  bool is_own(const Address& device) const { return account && own_address().same_account(device); }

  // Somebody says that these are names of one user. Of the own account that is known from pairing
  // and login alone. Whether it was news.
  bool learn(const wire::Jid& one, const wire::Jid& other);

  // A device that has never been paired. Draws the noise key, the adv secret and the other keys.
  static Credentials generate(RandomSource& random);
};

inline constexpr std::size_t kMaxSerializedCredentials = std::size_t{1} << 30;

// A version byte, then protobuf. The same credentials always give the same bytes.
Bytes serialize(const Credentials& credentials);

// Refuses other versions, more than kMaxSerializedCredentials bytes, missing keys, and what is
// beyond a limit.
Result<Credentials> restore(ByteView serialized);

}  // namespace doublecheck::client
