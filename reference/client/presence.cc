#include "reference/client/presence.h"

#include "reference/client/groups.h"
#include "reference/client/login.h"
#include "reference/client/stanzas.h"

namespace doublecheck::client {

void send_presence(Turn& turn, CommandId command, const SendPresence& presence) {
  if (turn.state.config.push_name.empty())
    return turn.fail_command(command, "presence needs a push name");
  turn.state.wants_available = presence.available;
  if (turn.state.is_open()) announce_presence(turn);
  turn.done(command);
}

void subscribe_presence(Turn& turn, CommandId command, const SubscribePresence& subscribe) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (!is_user(subscribe.user)) return turn.fail_command(command, "only users have a presence");
  turn.send(element("presence", {{"type", "subscribe"}, {"to", subscribe.user.account()}}));
  turn.done(command);
}

void send_chat_state(Turn& turn, CommandId command, const SendChatState& state) {
  if (!turn.state.is_open()) return turn.fail_command(command, "not connected");
  if (!is_user(state.chat) && !is_shared(state.chat))
    return turn.fail_command(command, "only users and groups can be written to");
  wire::Node child = element(state.activity == Activity::kPaused ? "paused" : "composing");
  if (state.activity == Activity::kRecording) child.set("media", "audio");
  turn.send(parent("chatstate", {std::move(child)}, {{"to", state.chat.account()}}));
  turn.done(command);
}

void receive_presence(Turn& turn, const wire::Node& presence) {
  const wire::Jid* from = presence.jid("from");
  if (from == nullptr || !is_user(*from)) return;
  PresenceChanged event{.user = *from,
                        .available = presence.text("type") != "unavailable",
                        .last_seen = std::nullopt};
  // Anything else, `deny` for instance, says that it is not told.
  if (const auto last = presence.number("last"); last && *last <= INT64_MAX)
    event.last_seen = UnixTime::from_seconds(static_cast<std::int64_t>(*last));
  turn.notify(std::move(event));
}

void receive_chat_state(Turn& turn, const wire::Node& chat_state) {
  const wire::Jid* from = chat_state.jid("from");
  const wire::Jid* participant = chat_state.jid("participant");
  if (from == nullptr || chat_state.children().empty()) return;
  const wire::Node& child = chat_state.children().front();
  if (child.tag != "composing" && child.tag != "paused") return;
  Activity activity = Activity::kPaused;
  if (child.tag == "composing")
    activity = child.text("media") == "audio" ? Activity::kRecording : Activity::kComposing;
  turn.notify(ChatStateChanged{.chat = *from,
                               .sender = participant == nullptr ? *from : *participant,
                               .activity = activity});
}

}  // namespace doublecheck::client
