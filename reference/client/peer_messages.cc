#include "reference/client/peer_messages.h"

#include <algorithm>

#include "spec/payload/history_sync.h"

namespace doublecheck::client {
namespace {

void keep_keys(Turn& turn, const payload::AppStateSyncKeyShare& share) {
  auto& kept = turn.state.credentials.app_state_keys;
  for (const payload::AppStateSyncKey& key : share.keys) {
    if (key.key_data.empty()) continue;  // a key that was asked for and does not exist
    const auto same = std::ranges::find(kept, key.key_id, &payload::AppStateSyncKey::key_id);
    if (same != kept.end()) {
      *same = key;
    } else if (kept.size() < kMaxAppStateKeys) {
      kept.push_back(key);
    }
  }
  turn.changed();
}

void take_history(Turn& turn, const payload::HistorySyncNotification& notification) {
  if (!notification.inline_payload) return turn.remark("a piece of history waits to be downloaded");
  const auto history = payload::decode_history_sync(*notification.inline_payload);
  if (!history) return turn.remark(history.error().to_string());
  for (const payload::LidMapping& mapping : history->lid_mappings) {
    const auto phone_number = wire::parse_jid(mapping.phone_number);
    const auto lid = wire::parse_jid(mapping.lid);
    if (phone_number && lid) turn.state.credentials.learn(*phone_number, *lid);
  }
  turn.changed();
  turn.remark("took a piece of history with " + std::to_string(history->conversations.size()) +
              " conversations");
}

}  // namespace

bool is_between_own_devices(const payload::ProtocolMessage& message) {
  return !std::holds_alternative<payload::OtherProtocolMessage>(message);
}

bool take_peer_message(Turn& turn, const payload::ProtocolMessage& message) {
  if (const auto* share = std::get_if<payload::AppStateSyncKeyShare>(&message))
    keep_keys(turn, *share);
  const auto* history = std::get_if<payload::HistorySyncNotification>(&message);
  if (history != nullptr) take_history(turn, *history);
  return history != nullptr;
}

}  // namespace doublecheck::client
