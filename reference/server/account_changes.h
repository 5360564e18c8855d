#pragma once

#include "reference/server/account.h"
#include "reference/server/turn.h"
#include "spec/wire/node.h"

// Who has to hear of what an account has changed.
namespace doublecheck::server {

// Makes a notification of what it holds: from whom, of what type, with an id and the time.
void address_notification(Turn& turn, wire::Node& notification, wire::Jid from,
                          std::string_view type);

// `<notification type="account_sync">` from the account itself, to its devices but the one that
// made the change. `change` holds its children and attributes.
void tell_own_devices(Turn& turn, const Party& actor, wire::Node change);

// A notification of this type from the account, to the devices of all accounts that have asked the
// directory about it, and to its own but `without`.
void tell_watchers(Turn& turn, const Account& account, const Device* without, std::string_view type,
                   wire::Node change);

// `<key-index-list>`: the account's companions, signed by its phone.
wire::Node key_index_list(Turn& turn, Account& account);

// `<notification type="devices">`: a device was added or removed.
void tell_of_device(Turn& turn, Account& account, std::string_view change, std::uint16_t number,
                    std::uint32_t key_index);

}  // namespace doublecheck::server
