#include "reference/client/stream_end.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace doublecheck::client {
namespace {

constexpr std::uint64_t kMaxStatus = 9999;

int status_of(const wire::Node& node, std::string_view attribute) {
  const auto number = node.number(attribute);
  return number && *number <= kMaxStatus ? static_cast<int>(*number) : 0;
}

std::string describe(const wire::Node& node, std::string_view attribute) {
  std::string text(node.tag.view());
  if (const wire::Value* value = node.attribute(attribute)) text += " " + wire::to_string(*value);
  for (const wire::Node& child : node.children()) {
    text += " " + std::string(child.tag.view());
    if (const auto type = child.text("type")) text += " " + std::string(*type);
  }
  return text;
}

}  // namespace

Ending lost(std::string reason, bool by_peer) {
  return {.aftermath = Aftermath::kRetry,
          .loss = Loss::kLost,
          .status = 0,
          .reason = std::move(reason),
          .by_peer = by_peer};
}

Ending read_failure(const wire::Node& failure, const Guard& guard) {
  Ending ending{.aftermath = Aftermath::kStop,
                .loss = Loss::kLost,
                .status = status_of(failure, "reason"),
                .reason = describe(failure, "reason"),
                .by_peer = false};
  // What a guard is asked is whether the client may go on.
  switch (ending.status) {
    case 401:
    case 403:
    case 406:
      ending.aftermath =
          guard.holds(Rule::LOGIN_08, false) ? Aftermath::kRetry : Aftermath::kLogOut;
      break;
    case 402:
    case 405:
      ending.aftermath = guard.holds(Rule::LOGIN_09, false) ? Aftermath::kRetry : Aftermath::kStop;
      break;
    case 500:
    case 503:
      ending.aftermath = guard.holds(Rule::LOGIN_10, true) ? Aftermath::kRetry : Aftermath::kStop;
      break;
    default:
      break;
  }
  return ending;
}

Ending read_stream_error(const wire::Node& error, const Guard& guard) {
  Ending ending{.aftermath = Aftermath::kRetry,
                .loss = Loss::kStreamError,
                .status = status_of(error, "code"),
                .reason = describe(error, "code"),
                .by_peer = false};
  // The child says more than the code, which may be missing.
  for (const wire::Node& child : error.children()) {
    if (child.tag != "conflict") continue;
    if (child.text("type") == "device_removed" && !guard.holds(Rule::CONTROL_02, false)) {
      ending.aftermath = Aftermath::kLogOut;
      return ending;
    }
    if (child.text("type") == "replaced" && !guard.holds(Rule::CONTROL_03, false)) {
      ending.aftermath = Aftermath::kStop;
      return ending;
    }
  }
  if (ending.status == 515 && !guard.holds(Rule::CONTROL_01, true))
    ending.aftermath = Aftermath::kStop;
  if (ending.status == 515) ending.loss = Loss::kRestart;
  if (ending.status == 429) ending.loss = Loss::kRateLimited;
  return ending;
}

}  // namespace doublecheck::client
