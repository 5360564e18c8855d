#include "reference/client/outbox.h"

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference/client/device_lists.h"
#include "reference/client/envelope.h"
#include "reference/client/group_encryption.h"
#include "reference/client/groups.h"
#include "reference/client/message_stanza.h"
#include "reference/client/privacy_tokens.h"
#include "reference/client/sessions.h"
#include "reference/client/stanzas.h"
#include "spec/payload/message_id.h"
#include "spec/wire/node_codec.h"

namespace doublecheck::client {
namespace {

using Messages = std::deque<SentMessage>;

Messages::iterator find_message(Turn& turn, std::string_view id) {
  return std::ranges::find(turn.state.credentials.mailbox.outbox, id, &SentMessage::id);
}

// The message is refused, and forgotten.
void reject(Turn& turn, const Messages::iterator& message, const std::string& reason) {
  // Whoever was to get the key of the group with it has not got it: the next message gives another.
  if (is_shared(message->chat))
    turn.state.credentials.peers.groups.own.erase(message->chat.to_string());
  turn.notify(MessageRejected{message->chat, message->id, reason});
  if (const auto send = turn.state.sends.extract(message->id))
    turn.fail_command(send.mapped().command, reason);
  turn.state.credentials.mailbox.outbox.erase(message);
  turn.changed();
}

// The stanza is on its way: from now on the acknowledgement is due.
void await_ack(Turn& turn, const SentMessage& message) {
  const auto send = turn.state.sends.find(message.id);
  if (send != turn.state.sends.end()) send->second.deadline = turn.now() + kMessageAckTimeout;
}

// Who the message is for, in the name space of its chat.
std::vector<wire::Jid> users_of(const State& state, const SentMessage& message) {
  const Account& account = *state.credentials.account;
  const bool by_lid = message.chat.server == wire::server_name::kLid && account.lid.has_value();
  std::vector<wire::Jid> users{message.chat};
  const wire::Jid own = by_lid ? account.lid->account() : account.jid.account();
  if (own != message.chat) users.push_back(own);
  return users;
}

// For whom the first message is that is not encrypted, once that is known.
struct Recipients {
  std::string id;  // of the message
  std::vector<Recipient> devices;
  std::optional<GroupInfo> group;
};

// The stanza of a message to a user: encrypted for each device by itself.
Result<wire::Node> encrypt_for_user(Turn& turn, SentMessage& message,
                                    const std::vector<Recipient>& devices) {
  const Address chat = turn.state.credentials.peers.address_of(message.chat);
  const bool somebody = std::ranges::any_of(devices, [&](const Recipient& device) {
    return device.address.same_account(chat) && has_session(turn.state, device.address);
  });
  if (!somebody)
    return fail("send", "no device of " + message.chat.to_string() + " can be reached");
  std::vector<wire::Node> entries;
  bool needs_identity = false;
  for (const Recipient& device : devices) {
    const bool own = turn.state.credentials.is_own(device.address);
    // Own devices get it as one that was sent, others as it is.
    const bool wrapped = turn.guard().holds(own ? Rule::STANZA_45 : Rule::MESSAGE_05, true) == own;
    auto encrypted = encrypt_for(turn, device.address, padded(turn, content_of(message, wrapped)));
    if (!encrypted) continue;  // without session: told when that was found
    needs_identity = needs_identity || starts_session(*encrypted);
    entries.push_back(parent("to", {std::move(*encrypted)}, {{"jid", device.jid}}));
    message.addressees.push_back(device.address);
  }
  std::vector<wire::Node> children{parent("participants", std::move(entries))};
  if (needs_identity) children.push_back(device_identity(turn.state));
  if (auto token = privacy_token_for(turn, message.chat)) children.push_back(*std::move(token));
  return parent("message", std::move(children),
                {{"id", wire::Text(message.id)}, {"to", message.chat}, {"type", "text"}});
}

Result<> encrypt_and_send(Turn& turn, SentMessage& message, const Recipients& recipients) {
  auto stanza = recipients.group
                    ? encrypt_for_group(turn, message, *recipients.group, recipients.devices)
                    : encrypt_for_user(turn, message, recipients.devices);
  if (!stanza) return propagate(stanza);
  auto encoded = wire::encode_payload(*stanza);
  if (!encoded) return propagate(encoded);
  message.stanza = std::move(*encoded);
  turn.changed();
  await_ack(turn, message);
  turn.send(*std::move(stanza));
  return {};
}

void prepare_next(Turn& turn);

// Sessions are there as far as they can be had.
void finish_preparing(Turn& turn, const Recipients& recipients) {
  turn.connection().preparing_message = false;
  const auto message = find_message(turn, recipients.id);
  if (message == turn.state.credentials.mailbox.outbox.end()) return prepare_next(turn);
  const auto sent = encrypt_and_send(turn, *message, recipients);
  if (!sent) reject(turn, message, sent.error().to_string());
  prepare_next(turn);
}

// A query that had to come first has failed. What the server refuses is refused; a message for
// which there is no answer keeps its place, and only the application stops waiting.
void take_failure(Turn& turn, const std::string& id, const IqFailure& failure) {
  turn.connection().preparing_message = false;
  const auto message = find_message(turn, id);
  if (message != turn.state.credentials.mailbox.outbox.end()) {
    if (failure.kind == IqFailure::Kind::kError) {
      reject(turn, message, failure.to_string());
    } else if (const auto send = turn.state.sends.extract(id)) {
      turn.fail_command(send.mapped().command,
                        failure.to_string() + "; the message is kept and will be sent");
    }
  }
  // Without room for a query nothing can be asked before the next message or connection.
  if (failure.kind != IqFailure::Kind::kTooMany) prepare_next(turn);
}

// Starts the sessions that are missing.
void take_devices(Turn& turn, Recipients recipients,
                  const std::expected<std::vector<Recipient>, IqFailure>& devices) {
  if (turn.ending()) return;  // kept for the next connection
  if (!devices) return take_failure(turn, recipients.id, devices.error());
  recipients.devices = *devices;
  std::vector<Recipient> strangers;
  for (const Recipient& device : *devices) {
    if (!has_session(turn.state, device.address)) strangers.push_back(device);
  }
  if (strangers.empty()) return finish_preparing(turn, recipients);
  start_sessions(turn, std::move(strangers),
                 [recipients = std::move(recipients)](
                     Turn& later, const std::expected<void, IqFailure>& started) {
                   if (later.ending()) return;
                   // Sent without them, it would be lost to devices that the server was only slow
                   // to show.
                   if (!started && started.error().kind != IqFailure::Kind::kError)
                     return take_failure(later, recipients.id, started.error());
                   if (!started) later.remark("prekeys: " + started.error().to_string());
                   finish_preparing(later, recipients);
                 });
}

// Asks which devices these users have.
void prepare_for(Turn& turn, const std::vector<wire::Jid>& users, Recipients recipients) {
  find_devices(turn, users, [recipients = std::move(recipients)](Turn& later, const auto& devices) {
    take_devices(later, recipients, devices);
  });
}

void take_group(Turn& turn, const std::string& id,
                const std::expected<GroupInfo, IqFailure>& group) {
  if (turn.ending()) return;
  if (!group) return take_failure(turn, id, group.error());
  prepare_for(turn, group->members, {.id = id, .devices = {}, .group = *group});
}

// The first message that is not encrypted. One at a time, which keeps them in order.
void prepare_next(Turn& turn) {
  if (turn.ending() || !turn.state.connection) return;
  Connection& connection = turn.connection();
  if (connection.in<OpenPhase>() == nullptr || connection.preparing_message) return;
  Messages& outbox = turn.state.credentials.mailbox.outbox;
  const auto message =
      std::ranges::find_if(outbox, [](const SentMessage& sent) { return !sent.stanza; });
  if (message == outbox.end()) return;
  connection.preparing_message = true;
  if (is_shared(message->chat)) {
    return find_group(turn, message->chat, [id = message->id](Turn& later, const auto& group) {
      take_group(later, id, group);
    });
  }
  prepare_for(turn, users_of(turn.state, *message),
              {.id = message->id, .devices = {}, .group = {}});
}

}  // namespace

void send_text(Turn& turn, CommandId command, const SendText& text) {
  State& state = turn.state;
  Messages& outbox = state.credentials.mailbox.outbox;
  if (!state.credentials.account) return turn.fail_command(command, "this device has no account");
  const bool group = text.to.server == wire::server_name::kGroup && !text.to.user.empty();
  if (!is_user(text.to) && !group)
    return turn.fail_command(command, "only users and groups can be written to");
  if (text.text.size() > kMaxTextBytes)
    return turn.fail_command(command, "the text is longer than kMaxTextBytes");
  if (!is_utf8(as_bytes(text.text))) return turn.fail_command(command, "the text is not UTF-8");
  if (text.message_id.size() > kMaxMessageIdBytes || !is_utf8(as_bytes(text.message_id))) {
    return turn.fail_command(command, "the id is not UTF-8 of at most kMaxMessageIdBytes");
  }
  if (outbox.size() >= kMaxOutbox)
    return turn.fail_command(command, "kMaxOutbox messages wait to be acknowledged");

  SentMessage message;
  message.id =
      text.message_id.empty()
          ? payload::generate_message_id(state.credentials.account->jid.user.view(), turn.context)
          : text.message_id;
  if (state.credentials.mailbox.find_sent(message.id) != nullptr) {
    return turn.fail_command(command, "a message with this id was sent before");
  }
  message.chat = text.to.account();
  message.text = text.text;
  state.sends[message.id] = PendingSend{command, std::nullopt};
  outbox.push_back(std::move(message));
  turn.changed();
  prepare_next(turn);
}

void resume_outbox(Turn& turn) {
  for (const SentMessage& message : turn.state.credentials.mailbox.outbox) {
    if (!message.stanza) continue;
    const auto stanza = wire::Stanza::decode(*message.stanza);
    if (!stanza) continue;  // it was encoded here
    await_ack(turn, message);
    turn.send(wire::Node(stanza->root()));
  }
  prepare_next(turn);
}

void receive_ack(Turn& turn, const wire::Node& ack) {
  const auto id = ack.text("id");
  if (ack.text("class") != "message" || !id) return;
  Mailbox& mailbox = turn.state.credentials.mailbox;
  const auto message = find_message(turn, *id);
  if (message == mailbox.outbox.end() || !message->stanza) return;
  const auto error = ack.text("error");
  if (!turn.guard().holds(Rule::STANZA_42, !error || error == "0")) {
    return reject(turn, message,
                  "the server refused the message with error " + std::string(error.value_or("?")));
  }
  turn.notify(ReceiptReceived{message->chat, message->id, ReceiptType::kServer, message->chat});
  if (const auto send = turn.state.sends.extract(message->id)) {
    turn.notify(CommandDone{.command = send.mapped().command, .message_id = message->id});
  }
  mailbox.acknowledge(message);
  turn.changed();
}

void expire_sends(Turn& turn) {
  for (auto send = turn.state.sends.begin(); send != turn.state.sends.end();) {
    if (!send->second.deadline || *send->second.deadline > turn.now()) {
      ++send;
      continue;
    }
    turn.fail_command(send->second.command, "the server did not acknowledge message " +
                                                send->first +
                                                " in time; it is kept and will be sent again");
    send = turn.state.sends.erase(send);
  }
}

}  // namespace doublecheck::client
