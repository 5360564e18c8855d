#include "reference/client/retry.h"

#include <algorithm>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

#include "reference/client/acks.h"
#include "reference/client/group_encryption.h"
#include "reference/client/groups.h"
#include "reference/client/message_stanza.h"
#include "reference/client/prekey_nodes.h"
#include "reference/client/sessions.h"
#include "reference/client/stanzas.h"
#include "spec/signal/public_key.h"

namespace doublecheck::client {
namespace {

// ---- Asking

// What a sender needs to start over: the same as the server hands out, with a one-time key that
// nobody else gets.
wire::Node fresh_keys(Turn& turn) {
  Credentials& credentials = turn.state.credentials;
  const signal::OneTimePrekey& prekey = credentials.keys.add_one_time_prekey(turn.context.random);
  turn.changed();
  const std::uint8_t type[] = {signal::kCurve25519KeyType};
  return parent("keys", {bytes_element("type", type),
                         bytes_element("identity", credentials.keys.local.identity_key.public_key),
                         prekey_node(prekey), signed_prekey_node(credentials.keys.signed_prekey()),
                         bytes_element("device-identity", credentials.account->signed_identity)});
}

wire::Node retry_receipt(Turn& turn, const Envelope& envelope, unsigned count) {
  wire::Node receipt = element(
      "receipt", {{"id", wire::Text(envelope.id)}, {"to", envelope.from}, {"type", "retry"}});
  if (envelope.is_shared) {
    receipt.set("to", envelope.chat);
    receipt.set("participant", envelope.from);
  }
  if (envelope.recipient) receipt.set("recipient", *envelope.recipient);
  if (envelope.is_peer) receipt.set("category", "peer");
  wire::Node retry = element(
      "retry", {{"count", wire::Text(std::to_string(count))}, {"id", wire::Text(envelope.id)}});
  if (!envelope.time.empty()) retry.set("t", wire::Text(envelope.time));
  retry.set("v", "1");
  std::vector<wire::Node> children{
      std::move(retry),
      bytes_element("registration", u32_bytes(turn.state.credentials.keys.local.registration_id))};
  if (count >= kFirstRetryWithKeys) children.push_back(fresh_keys(turn));
  receipt.content = std::move(children);
  return receipt;
}

// ---- Answering

// A request for a message, as far as its shape is right.
struct Request {
  std::string id;
  std::uint64_t count = 0;
  wire::Jid jid;
  Address device;
  std::optional<wire::Jid> group;  // in which the message was sent
};

std::optional<Request> read_request(const Turn& turn, const wire::Node& receipt) {
  const wire::Node* retry = receipt.child("retry");
  const wire::Jid* from = receipt.jid("from");
  const auto id = receipt.text("id");
  const auto count = retry == nullptr ? std::nullopt : retry->number("count");
  if (from == nullptr || !id || !count) return std::nullopt;
  const bool shared = is_shared(*from);
  const wire::Jid* device = shared ? receipt.jid("participant") : from;
  if (device == nullptr || !is_user(*device)) return std::nullopt;
  return Request{std::string(*id), *count, *device,
                 turn.state.credentials.peers.address_of(*device),
                 shared ? std::optional(from->account()) : std::nullopt};
}

// The message that is asked for, if this device may have it once more; nullptr otherwise.
SentMessage* find_entitled(Turn& turn, const Request& request) {
  const Guard& guard = turn.guard();
  SentMessage* message = turn.state.credentials.mailbox.find_sent(request.id);
  if (message == nullptr) return nullptr;
  const bool same_chat =
      request.group ? *request.group == message->chat : !is_shared(message->chat);
  if (!same_chat) return nullptr;
  const bool was_addressee =
      std::ranges::find(message->addressees, request.device) != message->addressees.end();
  if (!guard.holds(Rule::RETRY_06, request.count <= kMaxServedRetryCount)) return nullptr;
  if (!guard.holds(Rule::RETRY_08, was_addressee)) return nullptr;
  if (!guard.holds(Rule::RETRY_07, message->resends[request.device] < kMaxResends)) return nullptr;
  return message;
}

void resend(Turn& turn, const Request& request) {
  SentMessage* message = find_entitled(turn, request);
  if (message == nullptr) return;
  const bool own = turn.state.credentials.is_own(request.device);
  payload::Message content = content_of(*message, own && turn.guard().holds(Rule::RETRY_15, true));
  // Whoever has missed the key of the group gets it with what he asks for.
  if (request.group && turn.guard().holds(Rule::RETRY_16, true))
    content.sender_key_distribution = distribution(turn.state, *request.group);
  const auto encrypted = encrypt_for(turn, request.device, padded(turn, content));
  if (!encrypted) return turn.remark("could not send again: " + encrypted.error().to_string());
  ++message->resends[request.device];
  turn.changed();

  wire::Node enc = *encrypted;
  enc.set("count", wire::Text(std::to_string(request.count)));
  wire::Node stanza = element("message", {{"to", request.jid},
                                          {"id", wire::Text(message->id)},
                                          {"type", "text"},
                                          {"device_fanout", "false"}});
  if (request.group) {
    stanza.set("to", *request.group);
    stanza.set("participant", request.jid);
  } else if (own) {
    stanza.set("recipient", message->chat);
  }
  std::vector<wire::Node> children{std::move(enc)};
  if (starts_session(children.front())) children.push_back(device_identity(turn.state));
  stanza.content = std::move(children);
  turn.send(std::move(stanza));
}

// Whether the session that there is may be used: not when the device shows by its registration id
// that it was set up anew (RETRY-17), and not a second time, when it did not help the first.
bool is_session_usable(const Turn& turn, const Request& request, const wire::Node& receipt) {
  const auto& sessions = turn.state.credentials.peers.sessions;
  const auto record = sessions.find(request.device);
  const signal::Session* session = record == sessions.end() ? nullptr : record->second.current();
  if (session == nullptr || request.count >= kFirstRetryWithKeys) return false;
  const auto registration_id = read_registration_id(receipt);
  return turn.guard().holds(
      Rule::RETRY_17, !registration_id || session->remote_registration_id == *registration_id);
}

// Nothing more is done for a request. Should the connection end before, it comes again.
void settle(Turn& turn, const wire::Node& receipt) {
  if (auto ack = ack_of(receipt, turn.guard())) turn.send(std::move(*ack));
}

void decline(Turn& turn, const wire::Node& receipt, std::string why) {
  turn.remark(std::move(why));
  settle(turn, receipt);
}

// Sends it, over a session that can be expected to work.
void serve(Turn& turn, const Request& request, const wire::Node& receipt) {
  if (const wire::Node* keys = receipt.child("keys")) {
    // Looked at as closely as a bundle from the server (RETRY-10).
    auto published = read_published_keys(*keys, receipt);
    auto started = published ? start_session(turn, request.device, *published)
                             : Result<>(propagate(published));
    if (!started) {
      return decline(turn, receipt,
                     "refused the keys of a retry receipt: " + started.error().to_string());
    }
    resend(turn, request);
    return settle(turn, receipt);
  }
  if (is_session_usable(turn, request, receipt)) {
    resend(turn, request);
    return settle(turn, receipt);
  }
  start_sessions(turn, {{request.jid, request.device}},
                 [request, receipt](Turn& later, const std::expected<void, IqFailure>& fetched) {
                   if (fetched) resend(later, request);
                   settle(later, receipt);
                 });
}

}  // namespace

void ask_again(Turn& turn, const Envelope& envelope, const std::string& reason) {
  Credentials& credentials = turn.state.credentials;
  MessageKey key = envelope.key(credentials.peers);
  key.sender = envelope.sender;
  unsigned& count = credentials.mailbox.retries[key];
  if (!turn.guard().holds(Rule::STANZA_93, count < kMaxRetries)) return;
  ++count;
  turn.changed();
  if (count == 1) {
    turn.notify(MessageUndecryptable{envelope.chat, envelope.from, envelope.id, reason});
  } else {
    turn.remark("message " + envelope.id + " is still undecryptable: " + reason);
  }
  turn.send(retry_receipt(turn, envelope, count));
}

void send_again(Turn& turn, const wire::Node& receipt) {
  const auto request = read_request(turn, receipt);
  if (!request || find_entitled(turn, *request) == nullptr) {
    return decline(turn, receipt, "did not serve a retry receipt");
  }
  if (!request->group) return serve(turn, *request, receipt);
  find_group(
      turn, *request->group,
      [request = *request, receipt](Turn& later, const std::expected<GroupInfo, IqFailure>& group) {
        if (later.ending()) return;
        if (!group) {
          return decline(later, receipt,
                         "did not serve a retry receipt: " + group.error().to_string());
        }
        const Peers& peers = later.state.credentials.peers;
        const bool is_member = std::ranges::any_of(group->members, [&](const wire::Jid& member) {
          return peers.address_of(member).same_account(request.device);
        });
        if (!later.guard().holds(Rule::RETRY_09, is_member))
          return decline(later, receipt, "did not serve a retry receipt of who is no member");
        serve(later, request, receipt);
      });
}

}  // namespace doublecheck::client
