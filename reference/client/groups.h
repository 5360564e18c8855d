#pragma once

#include <expected>
#include <functional>
#include <vector>

#include "reference/client/envelope.h"
#include "reference/client/turn.h"
#include "spec/wire/node.h"

// Groups: what the client asks about them, and what it is told.
namespace doublecheck::client {

// Whether a JID names a chat of many: a group, or status.
bool is_shared(const wire::Jid& chat);

// What a message to a group has to know of it. Asked for before each message and not kept, so that
// nobody reads on who has left (STANZA-103).
struct GroupInfo {
  bool by_lid = false;                   // how it names its members (STANZA-104)
  std::vector<wire::Jid> members;        // accounts
  std::optional<std::string> ephemeral;  // seconds after which messages disappear
};
using GroupHandler = std::function<void(Turn&, const std::expected<GroupInfo, IqFailure>&)>;
void find_group(Turn& turn, const wire::Jid& group, GroupHandler then);

void create_group(Turn& turn, CommandId command, const CreateGroup& create);
void update_group(Turn& turn, CommandId command, const UpdateGroup& update);
void leave_group(Turn& turn, CommandId command, const LeaveGroup& leave);

// `<notification type="w:gp2">`: every child of it is a change.
void receive_group_change(Turn& turn, const wire::Node& notification);

}  // namespace doublecheck::client
