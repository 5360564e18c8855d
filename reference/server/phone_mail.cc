#include "reference/server/phone_mail.h"

#include <optional>
#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/limits.h"
#include "reference/server/stanzas.h"
#include "spec/payload/history_sync.h"
#include "spec/payload/padding.h"

namespace doublecheck::server {
namespace {

signal::PrekeyBundle bundle_of(const Device& device) {
  // Without a one-time key: those are for others, and a companion counts how many are left.
  return {.registration_id = device.keys.registration_id,
          .identity_key = device.keys.identity,
          .signed_prekey = {.id = device.keys.signed_prekey.id,
                            .key = device.keys.signed_prekey.value,
                            .signature = device.keys.signature},
          .one_time_prekey = {}};
}

Bytes padded(const payload::Message& message, RandomSource& random) {
  return payload::pad(payload::encode_message(message), random);
}

// What the phone of an account knows another device by.
phone::Correspondent correspondent(const Account& phone_of, const Account& account,
                                   std::uint16_t device) {
  return {&phone_of == &account ? std::string() : account.phone_number, device};
}

// `<message>` with what the phone of `from` has encrypted for a device; its attributes that depend
// on whom it is for are the caller's.
std::optional<wire::Node> written_by_phone(Turn& turn, Account& from, const Account& to,
                                           const Device& device, const std::string& id,
                                           ByteView plaintext) {
  auto written = from.phone.write(correspondent(from, to, device.number), bundle_of(device),
                                  plaintext, turn.context);
  if (!written) {
    turn.count("phone.cannot_encrypt");
    return std::nullopt;
  }
  return parent(
      "message",
      {element("enc", {{"v", "2"}, {"type", wire::Text(signal::to_string(written->type))}},
               wire::Blob(written->bytes))},
      {{"from", from.pn()},
       {"id", wire::Text(id)},
       {"t", wire::Text(turn.timestamp())},
       {"type", "text"},
       {"notify", wire::Text(from.push_name)}});
}

void send_to_companion(Turn& turn, Account& account, Device& device,
                       const payload::Message& message) {
  auto stanza = written_by_phone(turn, account, account, device, phone_message_id(turn),
                                 padded(message, turn.context.random));
  if (!stanza) return;
  stanza->set("category", "peer");
  deliver(turn, device, std::move(*stanza));
}

payload::Message of_protocol(payload::ProtocolMessage protocol_message) {
  payload::Message message;
  message.protocol_message = std::move(protocol_message);
  return message;
}

// What a phone has to tell that has lived nowhere yet: its own name, and who it is under both of
// its addresses.
payload::HistorySync initial_history(const Account& account) {
  payload::HistorySync history{
      .type = payload::HistorySyncType::kInitialBootstrap,
      .chunk_order = 1,
      .progress = 100,
      .conversations = {},
      .push_names = {{.id = account.pn().to_string(), .name = account.push_name}},
      .lid_mappings = {
          {.phone_number = account.pn().to_string(), .lid = account.lid_jid().to_string()}}};
  if (account.salt && account.salt->in_history) history.first_contact_salt = account.salt->value;
  return history;
}

std::optional<signal::MessageType> type_of(const wire::Node& encrypted) {
  const auto type = encrypted.text("type");
  if (type == "pkmsg") return signal::MessageType::kPrekey;
  if (type == "msg") return signal::MessageType::kSignal;
  return std::nullopt;
}

}  // namespace

void greet_from_phone(Turn& turn, const DeviceAddress& companion) {
  Account* account = turn.state.directory.by_phone_number(companion.phone_number);
  Device* device = turn.state.directory.find_device(companion);
  if (account == nullptr || device == nullptr || device->greeted) return;
  device->greeted = true;
  // The keys come first: what follows may be read with them.
  if (turn.state.config.phone_shares_keys) {
    send_to_companion(turn, *account, *device, of_protocol(account->phone.share_keys()));
  }
  if (turn.state.config.phone_sends_history) {
    send_to_companion(turn, *account, *device,
                      of_protocol(payload::inline_notification(initial_history(*account))));
  }
}

void phone_receives(Turn& turn, const std::string& phone_number, const Party& sender,
                    const wire::Node& message) {
  Account* account = turn.state.directory.by_phone_number(phone_number);
  const wire::Node* encrypted = message.child("enc");
  const auto type = encrypted == nullptr ? std::nullopt : type_of(*encrypted);
  const auto bytes = encrypted == nullptr ? std::nullopt : encrypted->bytes();
  if (account == nullptr || !type || !bytes) return turn.count("phone.unreadable");
  auto read = account->phone.read(correspondent(*account, sender.account, sender.device.number),
                                  *type, *bytes, turn.context);
  const auto content = read ? payload::decode_message(*read) : std::unexpected(read.error());
  if (!content) return turn.count("phone.unreadable");
  turn.count("phone.read");
  account->phone_messages.push_back({.from = {sender.account.phone_number, sender.device.number},
                                     .id = std::string(message.text("id").value_or("")),
                                     .at = turn.context.now.wall,
                                     .content = std::move(*read)});
  if (account->phone_messages.size() > kMaxPhoneMessages) account->phone_messages.pop_front();
  if (account != &sender.account || !content->protocol_message) return;
  if (const auto* request =
          std::get_if<payload::AppStateSyncKeyRequest>(&*content->protocol_message)) {
    send_to_companion(turn, *account, sender.device, of_protocol(account->phone.answer(*request)));
  }
}

std::string phone_message_id(Turn& turn) { return "PHONE-" + turn.new_stanza_id(); }

void phone_writes_to(Turn& turn, Account& from, Account& to, Device& device, const std::string& id,
                     ByteView plaintext) {
  auto stanza = written_by_phone(turn, from, to, device, id, plaintext);
  if (!stanza) return;
  stanza->set("sender_lid", from.lid_jid());
  deliver(turn, device, std::move(*stanza));
}

void phone_writes_to(Turn& turn, Account& from, Account& to, Device& device, const std::string& id,
                     const payload::Message& message) {
  phone_writes_to(turn, from, to, device, id, padded(message, turn.context.random));
}

void phone_writes(Turn& turn, Account& from, Account& to, const std::string& id,
                  const payload::Message& message) {
  for (auto& [number, device] : to.devices) phone_writes_to(turn, from, to, device, id, message);
  if (&from == &to) return;
  from.contacted.insert(to.phone_number);
  payload::Message copy = message;
  copy.device_sent = payload::DeviceSent{.destination_jid = to.pn().to_string(), .phash = {}};
  for (auto& [number, device] : from.devices) {
    auto stanza = written_by_phone(turn, from, from, device, id, padded(copy, turn.context.random));
    if (!stanza) continue;
    stanza->set("recipient", to.pn());
    stanza->set("peer_recipient_lid", to.lid_jid());
    deliver(turn, device, std::move(*stanza));
  }
}

void answer_media_retry(Turn& turn, const Party& companion, const wire::Node& receipt) {
  const wire::Node* about = receipt.child("rmr");
  const auto id = receipt.text("id");
  if (about == nullptr || !id) return turn.count("phone.unreadable");
  constexpr std::string_view kNotFound = "2";
  deliver(turn, companion.device,
          parent("notification", {*about, element("error", {{"code", wire::Text(kNotFound)}})},
                 {{"from", companion.account.pn()},
                  {"id", wire::Text(*id)},
                  {"type", "mediaretry"},
                  {"t", wire::Text(turn.timestamp())}}));
}

}  // namespace doublecheck::server
