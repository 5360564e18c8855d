#include "reference/client/profile.h"

#include <string>
#include <string_view>

#include "reference/client/envelope.h"
#include "reference/client/login.h"
#include "reference/client/stanzas.h"
#include "spec/base/bytes.h"

namespace doublecheck::client {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxPushNameBytes && is_utf8(as_bytes(name));
}

bool is_status(ByteView text) { return text.size() <= kMaxStatusBytes && is_utf8(text); }

}  // namespace

void set_push_name(Turn& turn, CommandId command, const SetPushName& set) {
  if (!is_name(set.name))
    return turn.fail_command(command, "a push name is UTF-8 of 1 to kMaxPushNameBytes");
  turn.state.config.push_name = set.name;
  if (turn.state.is_open()) announce_presence(turn);
  turn.done(command);
}

void set_status(Turn& turn, CommandId command, const SetStatus& set) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (!is_status(as_bytes(set.text)))
    return turn.fail_command(command, "a status is UTF-8 of at most kMaxStatusBytes");
  turn.query(query_node("status", "set", {bytes_element("status", as_bytes(set.text))}), kIqTimeout,
             [command](Turn& later, const IqAnswer& answer) {
               if (!answer) return later.fail_command(command, answer.error().to_string());
               later.done(command);
             });
}

// This device announces it from then on, and does not give the old one back.
void receive_push_name(Turn& turn, const wire::Node& notification) {
  const auto name = notification.text("pushname");
  if (!name || *name == turn.state.config.push_name) return;
  if (!is_name(*name)) return turn.remark("ignored a push name that is none");
  turn.state.config.push_name = *name;
  turn.notify(PushNameChanged{std::string(*name)});
}

void receive_status(Turn& turn, const wire::Node& notification) {
  const wire::Jid* from = notification.jid("from");
  const wire::Node* set = notification.child("set");
  if (from == nullptr || !is_user(*from) || set == nullptr)
    return turn.remark("ignored a status without user or text");
  // An empty text has no content.
  const ByteView text = set->bytes().value_or(ByteView{});
  if (!set->children().empty() || !is_status(text))
    return turn.remark("ignored a status that is no UTF-8 of at most kMaxStatusBytes");
  turn.notify(StatusChanged{.user = from->account(), .text = std::string(as_text(text))});
}

}  // namespace doublecheck::client
