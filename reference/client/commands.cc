#include "reference/client/commands.h"

#include "reference/client/login.h"
#include "reference/client/stanzas.h"

namespace doublecheck::client {

void log_out(Turn& turn, CommandId command) {
  if (!turn.state.connection || !turn.connection().is_logged_in() ||
      !turn.state.credentials.account) {
    return turn.fail_command(command, "not connected");
  }
  wire::Node remove =
      element("remove-companion-device",
              {{"jid", turn.state.credentials.account->jid}, {"reason", "user_initiated"}});
  turn.query(query_node("md", "set", {std::move(remove)}), kLogoutTimeout,
             [command](Turn& later, const IqAnswer& answer) {
               // The server may throw the device out before it answers; that is what was asked for.
               const bool removed =
                   later.ending() && later.ending()->aftermath == Aftermath::kLogOut;
               if (!answer && !removed)
                 return later.fail_command(command, answer.error().to_string());
               later.end({.aftermath = Aftermath::kLogOut,
                          .loss = Loss::kLost,
                          .status = 0,
                          .reason = "logged out",
                          .by_peer = false});
               later.notify_after_end(CommandDone{command, {}});
             });
}

void send_presence(Turn& turn, CommandId command, const SendPresence& presence) {
  if (turn.state.config.push_name.empty())
    return turn.fail_command(command, "presence needs a push name");
  turn.state.wants_available = presence.available;
  if (turn.state.connection && turn.connection().in<OpenPhase>() != nullptr)
    announce_presence(turn);
  turn.done(command);
}

}  // namespace doublecheck::client
