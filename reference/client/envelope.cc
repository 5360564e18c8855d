#include "reference/client/envelope.h"

#include <string_view>

#include "reference/client/groups.h"

namespace doublecheck::client {
namespace {

void learn_names(Turn& turn, const wire::Jid& one, const wire::Jid* other) {
  if (other != nullptr && turn.state.credentials.learn(one, *other)) turn.changed();
}

}  // namespace

bool is_user(const wire::Jid& jid) {
  return !jid.user.empty() &&
         (jid.server == wire::server_name::kUser || jid.server == wire::server_name::kLid);
}

std::optional<Envelope> read_envelope(Turn& turn, const wire::Node& message) {
  const auto id = message.text("id");
  const wire::Jid* from = message.jid("from");
  if (!id || id->empty() || id->size() > kMaxMessageIdBytes || from == nullptr) return std::nullopt;

  Envelope envelope;
  envelope.id = *id;
  envelope.is_shared = is_shared(*from);
  const wire::Jid* sender = envelope.is_shared ? message.jid("participant") : from;
  if (sender == nullptr) return std::nullopt;
  envelope.from = *sender;
  envelope.time = message.text("t").value_or("");
  envelope.push_name = message.text("notify").value_or("");
  // Its presence says that the message was kept, whatever its value (STANZA-30).
  envelope.is_offline = message.has("offline");
  if (const wire::Jid* recipient = message.jid("recipient")) envelope.recipient = *recipient;

  const Credentials& credentials = turn.state.credentials;
  for (const std::string_view name :
       {"sender_lid", "sender_pn", "participant_lid", "participant_pn"}) {
    learn_names(turn, *sender, message.jid(name));
  }
  envelope.sender = credentials.peers.address_of(*sender);
  envelope.from_me = credentials.is_own(envelope.sender);
  envelope.is_peer = envelope.from_me && !envelope.is_shared && message.text("category") == "peer";
  if (envelope.from_me && envelope.recipient) {
    for (const std::string_view name : {"peer_recipient_lid", "peer_recipient_pn"}) {
      learn_names(turn, *envelope.recipient, message.jid(name));
    }
  }
  // What blocked users write in groups is for all its members.
  envelope.is_blocked =
      !envelope.is_shared && credentials.peers.blocked.contains(envelope.sender.account());
  envelope.chat = (envelope.from_me && envelope.recipient ? *envelope.recipient : *from).account();
  return envelope;
}

}  // namespace doublecheck::client
