#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/server/account.h"
#include "reference/server/group.h"
#include "reference/server/turn.h"
#include "spec/wire/node.h"

// How groups and the people in them are written in stanzas.
namespace doublecheck::server {

// An account, or one of its devices, as stanzas of this group name it; and the other name.
wire::Jid named_in(const Group& group, const Account& account, std::uint16_t device = 0);
wire::Jid other_name_in(const Group& group, const Account& account);

// Sets `name` to the account (or its device) as the group names it, and the attribute that holds
// the other name: `…_pn` or `…_lid`.
void set_participant(wire::Node& stanza, const Group& group, const Account& account,
                     std::uint16_t device = 0);

// `<participant jid phone_number|lid/>`.
wire::Node participant_node(const Group& group, const Account& account);

// `<group>` with all that there is to know, in the directory's words.
wire::Node group_node(const Directory& accounts, const Group& group);

// `<notification type="w:gp2">` of what `actor` has just done (STANZA-101).
wire::Node group_notification(Turn& turn, const Group& group, const Account& actor,
                              wire::Node change);

}  // namespace doublecheck::server
