#include "reference/client/commands.h"

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
               later.notify_after_end(CommandDone{.command = command});
             });
}

}  // namespace doublecheck::client
