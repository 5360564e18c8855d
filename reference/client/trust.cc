#include "reference/client/trust.h"

#include "spec/pairing/device_identity.h"

namespace doublecheck::client {
namespace {

Result<BelievedKey> check_primary(const PublicKey* known, bool own, const PublicKey& identity) {
  const bool is_change = known != nullptr && *known != identity;
  if (own && is_change) return fail("identity", "is not the one of this account's phone");
  return BelievedKey{identity, is_change};
}

Result<BelievedKey> check_companion(const PublicKey* known, const PublicKey& identity,
                                    ByteView document, const Guard& guard) {
  auto signed_identity = pairing::decode_signed_device_identity(document);
  if (!signed_identity) return propagate(signed_identity);
  std::optional<PublicKey> account_key;
  if (known != nullptr) {
    account_key = *known;
  } else if (signed_identity->account_signature_key) {
    account_key = to_public_key(*signed_identity->account_signature_key);
  }
  if (!account_key) return fail("identity", "nothing says what the account's key is");
  auto verified = pairing::verify_device_identity(*signed_identity, *account_key, identity, guard);
  if (!verified) return propagate(verified);
  return BelievedKey{*account_key, false};
}

}  // namespace

Result<BelievedKey> check_identity(const Credentials& credentials, const Address& device,
                                   const PublicKey& identity,
                                   std::optional<ByteView> device_identity, const Guard& guard) {
  const bool own = credentials.is_own(device);
  const PublicKey* known =
      own ? &credentials.account->account_key : credentials.peers.account_key(device);
  if (device_identity) return check_companion(known, identity, *device_identity, guard);
  if (!guard.holds(Rule::DEVICE_07, device.device == 0))
    return fail("identity", "nobody vouches for this companion");
  return check_primary(known, own, identity);
}

void believe(Peers& peers, const Address& device, const BelievedKey& key) {
  if (key.is_change) {
    // The session with the device that has just proved the change is the only good one.
    auto session = peers.sessions.extract(device);
    peers.forget_user(device);
    if (session) peers.sessions.insert(std::move(session));
  }
  peers.trust(device, key.account_key);
}

}  // namespace doublecheck::client
