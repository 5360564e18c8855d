#include <string>
#include <utility>

#include "reference/server/account_changes.h"
#include "reference/server/iq.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/base/bytes.h"

// What an account says of itself: its status text, and after what time its messages disappear.
namespace doublecheck::server {

IqAnswer status_set(IqRequest& request) {
  const std::string text(as_text(request.child->bytes().value_or(ByteView{})));
  if (!is_utf8(as_bytes(text)) || text.size() > kMaxStatusBytes)
    return std::unexpected(not_acceptable("the status is not UTF-8 of at most kMaxStatusBytes"));
  request.account.status = text;
  request.account.status_at = request.turn.context.now.wall;
  request.after_answer.emplace_back([&request, text] {
    wire::Node change = parent("notification", {element("set", {}, text_content(text))});
    if (!request.account.push_name.empty())
      change.set("notify", wire::Text(request.account.push_name));
    tell_watchers(request.turn, request.account, &request.device, "status", std::move(change));
  });
  return {};
}

IqAnswer disappearing_mode_set(IqRequest& request) {
  const auto duration = request.child->number("duration");
  if (!duration || *duration > kMaxDisappearingSeconds)
    return std::unexpected(bad_request("<disappearing_mode> without a duration"));
  request.account.disappearing_seconds = static_cast<std::uint32_t>(*duration);
  request.account.disappearing_at = request.turn.context.now.wall;
  request.after_answer.emplace_back([&request, duration] {
    wire::Node mode =
        element("disappearing_mode", {{"duration", wire::Text(std::to_string(*duration))},
                                      {"t", wire::Text(request.turn.timestamp())}});
    tell_own_devices(request.turn, {request.account, request.device},
                     parent("notification", {mode}));
    tell_watchers(request.turn, request.account, &request.device, "disappearing_mode",
                  parent("notification", {std::move(mode)}));
  });
  return {};
}

}  // namespace doublecheck::server
