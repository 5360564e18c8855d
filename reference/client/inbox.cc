#include "reference/client/inbox.h"

#include <utility>

#include "reference/client/acks.h"
#include "reference/client/decryption.h"
#include "reference/client/envelope.h"
#include "reference/client/group_encryption.h"
#include "reference/client/peer_messages.h"
#include "reference/client/receipts.h"
#include "reference/client/retry.h"
#include "spec/payload/message.h"
#include "spec/payload/padding.h"

namespace doublecheck::client {
namespace {

// What became of a message.
struct Reading {
  bool was_read = false;          // now or before
  bool is_history = false;        // it brought a piece of history
  bool is_invalid = false;        // it was decrypted, and says nothing that makes sense
  bool is_dropped = false;        // its sender had no right to say what it says
  std::string unreadable_reason;  // why it could not be decrypted; empty otherwise
};

void acknowledge_message(Turn& turn, const wire::Node& message, std::string_view error = {}) {
  if (auto ack = ack_of(message, turn.guard(), error)) turn.send(std::move(*ack));
}

// The chat of an own message is what its author encrypted, not what the server says. Only own
// devices get so far with a destination (MESSAGE-06).
wire::Jid chat_of(const Envelope& envelope, const payload::Message& content) {
  if (!content.device_sent) return envelope.chat;
  const auto destination = wire::parse_jid(content.device_sent->destination_jid);
  return destination ? destination->account() : envelope.chat;
}

void report(Turn& turn, const Envelope& envelope, const payload::Message& content) {
  Credentials& credentials = turn.state.credentials;
  const MessageKey key = envelope.key(credentials.peers);
  if (credentials.mailbox.reported.contains(key)) return;
  credentials.mailbox.reported[key];
  turn.changed();
  // Content of other kinds has no event, and what was blocked is not told when it no longer is.
  if (!content.text() || envelope.is_blocked) return;
  const wire::Jid chat = chat_of(envelope, content);
  turn.notify(MessageReceived{.chat = chat,
                              .sender = envelope.from,
                              .id = envelope.id,
                              .text = *content.text(),
                              .push_name = envelope.push_name,
                              .from_me = envelope.from_me || content.device_sent.has_value(),
                              .offline = envelope.is_offline,
                              .chat_alt = credentials.peers.other_name(chat)});
}

void take_content(Turn& turn, const Envelope& envelope, const payload::Message& content,
                  Reading& reading) {
  if (content.device_sent && !turn.guard().holds(Rule::MESSAGE_06, envelope.from_me)) {
    turn.remark("dropped a device-sent message of another account");
    reading.is_dropped = true;
    return;
  }
  if (content.protocol_message && is_between_own_devices(*content.protocol_message)) {
    if (!turn.guard().holds(Rule::MESSAGE_07, envelope.from_me)) {
      turn.remark("dropped a message for own devices that another account sent");
      reading.is_dropped = true;
      return;
    }
    reading.is_history = take_peer_message(turn, *content.protocol_message) || reading.is_history;
    return;
  }
  // It may come with what it is the key to, and is no message itself then.
  if (content.sender_key_distribution) {
    take_distribution(turn, envelope, *content.sender_key_distribution);
    if (!content.text()) return;
  }
  report(turn, envelope, content);
}

bool is_decryptable(const Envelope& envelope, const wire::Node& encrypted) {
  const auto type = encrypted.text("type");
  return type == "pkmsg" || type == "msg" || (type == "skmsg" && envelope.is_shared);
}

void read(Turn& turn, const Envelope& envelope, const wire::Node& message,
          const wire::Node& encrypted, Reading& reading) {
  auto padded = encrypted.text("type") == "skmsg" ? decrypt_shared(turn, envelope, encrypted)
                                                  : decrypt(turn, envelope, message, encrypted);
  if (!padded) {
    if (padded.error().is_duplicate) {
      reading.was_read = true;
    } else {
      reading.unreadable_reason = padded.error().reason;
    }
    return;
  }
  const bool is_padded = turn.guard().holds(Rule::MESSAGE_04, encrypted.text("v") != "3");
  const auto encoded =
      is_padded ? payload::unpad(*padded, turn.guard()) : Result<ByteView>(ByteView(*padded));
  const auto content = encoded ? payload::decode_message(*encoded)
                               : Result<payload::Message>(fail("message", "padding"));
  if (!content) {
    reading.is_invalid = true;
    return turn.remark("message " + envelope.id + ": " + content.error().to_string());
  }
  reading.was_read = true;
  take_content(turn, envelope, *content, reading);
}

}  // namespace

void receive_message(Turn& turn, const wire::Node& message) {
  const auto envelope = read_envelope(turn, message);
  if (!envelope) {
    turn.remark("a message without id or sender");
    return acknowledge_message(turn, message, nack::kParsingError);
  }
  if (!is_user(envelope->from)) {
    // Newsletters are acknowledged, and not among what this client reads.
    const bool newsletter = envelope->from.server == wire::server_name::kNewsletter;
    return acknowledge_message(turn, message,
                               newsletter ? std::string_view{} : nack::kUnrecognisedStanza);
  }

  Reading reading;
  for (const wire::Node& child : message.children()) {
    // Others, of any kind, are for clients that know them (MESSAGE-20, STANZA-64).
    if (child.tag == "enc" && is_decryptable(*envelope, child))
      read(turn, *envelope, message, child, reading);
  }
  // A blocked user is neither asked for anything nor told what has arrived. It was read all the
  // same, so that the session is in step when he may write again.
  if (envelope->is_blocked) return acknowledge_message(turn, message);
  const Mailbox& mailbox = turn.state.credentials.mailbox;
  if (!reading.unreadable_reason.empty() &&
      !mailbox.reported.contains(envelope->key(turn.state.credentials.peers))) {
    ask_again(turn, *envelope, reading.unreadable_reason);
    return acknowledge_message(turn, message);
  }
  if (reading.is_invalid) return acknowledge_message(turn, message, nack::kInvalidProtobuf);
  if (reading.is_dropped || (!reading.was_read && reading.unreadable_reason.empty()))
    return acknowledge_message(turn, message);
  send_delivery_receipt(turn, *envelope, reading.is_history);
}

}  // namespace doublecheck::client
