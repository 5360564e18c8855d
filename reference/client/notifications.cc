#include "reference/client/notifications.h"

#include "reference/client/block_list.h"
#include "reference/client/envelope.h"
#include "reference/client/groups.h"
#include "reference/client/pairing.h"
#include "reference/client/prekeys.h"
#include "reference/client/privacy.h"
#include "reference/client/privacy_tokens.h"
#include "reference/client/profile.h"

namespace doublecheck::client {
namespace {

// A user has set up a phone anew: whatever was agreed on before is void. News of the own account
// come with another pairing, news of companions with their device identities (DEVICE-12,
// DEVICE-13).
void identity_changed(Turn& turn, const wire::Jid& from) {
  Peers& peers = turn.state.credentials.peers;
  const Address user = peers.address_of(from);
  if (!turn.guard().holds(Rule::DEVICE_13,
                          from.device == 0 && !turn.state.credentials.is_own(user)))
    return;
  peers.forget_user(user);
  turn.changed();
}

void keys_notification(Turn& turn, const wire::Node& notification) {
  if (const wire::Node* count = notification.child("count")) {
    if (count->number("value").value_or(0) < kLowPrekeys) upload_prekeys(turn, kIqTimeout, nullptr);
  }
  const wire::Jid* from = notification.jid("from");
  if (notification.child("identity") != nullptr && from != nullptr && !from->is_server()) {
    identity_changed(turn, *from);
  }
}

// Device lists are asked for before each message, so that only removed devices leave anything to do
// (DEVICE-11).
void devices_notification(Turn& turn, const wire::Node& notification) {
  const wire::Jid* from = notification.jid("from");
  const wire::Node* remove = notification.child("remove");
  if (from == nullptr || remove == nullptr) return;
  Peers& peers = turn.state.credentials.peers;
  for (const wire::Node& device : remove->children()) {
    const wire::Jid* jid = device.jid("jid");
    if (device.tag != "device" || jid == nullptr) continue;
    const Address address = peers.address_of(*jid);
    if (!turn.guard().holds(Rule::DEVICE_08, address.same_account(peers.address_of(*from))))
      continue;
    peers.forget_device(address);
    turn.changed();
  }
}

// Something of the account was changed on another of its devices.
void account_notification(Turn& turn, const wire::Node& notification) {
  const wire::Jid* from = notification.jid("from");
  const Credentials& credentials = turn.state.credentials;
  if (from == nullptr || !is_user(*from) ||
      !credentials.is_own(credentials.peers.address_of(*from)))
    return turn.remark("ignored news of the account that are not from it");
  receive_push_name(turn, notification);
  for (const wire::Node& change : notification.children()) {
    if (change.tag == "blocklist") receive_block_list_change(turn, change);
    if (change.tag == "privacy") receive_privacy_change(turn, change);
  }
}

}  // namespace

void receive_notification(Turn& turn, const wire::Node& notification) {
  const auto type = notification.text("type");
  if (type == "link_code_companion_reg") return receive_primary_hello(turn, notification);
  if (!turn.connection().is_logged_in()) return;
  if (type == "encrypt") return keys_notification(turn, notification);
  if (type == "devices") return devices_notification(turn, notification);
  if (type == "w:gp2") return receive_group_change(turn, notification);
  if (type == "account_sync") return account_notification(turn, notification);
  if (type == "status") return receive_status(turn, notification);
  if (type == "privacy_token") return receive_privacy_tokens(turn, notification);
}

}  // namespace doublecheck::client
