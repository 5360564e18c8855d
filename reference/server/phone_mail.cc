#include "reference/server/phone_mail.h"

#include <utility>

#include "reference/server/delivery.h"
#include "reference/server/stanzas.h"
#include "spec/payload/history_sync.h"

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

void send_from_phone(Turn& turn, Account& account, Device& device,
                     const payload::Message& message) {
  auto written = account.phone.write(device.number, bundle_of(device), message, turn.context);
  if (!written) {
    turn.count("phone.cannot_encrypt");
    return;
  }
  deliver(
      turn, device,
      parent("message",
             {element("enc", {{"v", "2"}, {"type", wire::Text(signal::to_string(written->type))}},
                      wire::Blob(std::move(written->bytes)))},
             {{"from", account.pn()},
              {"id", wire::Text("PHONE-" + turn.new_stanza_id())},
              {"t", wire::Text(turn.timestamp())},
              {"type", "text"},
              {"category", "peer"},
              {"notify", wire::Text(account.push_name)}}));
}

payload::Message of_protocol(payload::ProtocolMessage protocol_message) {
  payload::Message message;
  message.protocol_message = std::move(protocol_message);
  return message;
}

// What a phone has to tell that has lived nowhere yet: its own name, and who it is under both of
// its addresses.
payload::HistorySync initial_history(const Account& account) {
  return {.type = payload::HistorySyncType::kInitialBootstrap,
          .chunk_order = 1,
          .progress = 100,
          .conversations = {},
          .push_names = {{.id = account.pn().to_string(), .name = account.push_name}},
          .lid_mappings = {
              {.phone_number = account.pn().to_string(), .lid = account.lid_jid().to_string()}}};
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
    send_from_phone(turn, *account, *device, of_protocol(account->phone.share_keys()));
  }
  if (turn.state.config.phone_sends_history) {
    send_from_phone(turn, *account, *device,
                    of_protocol(payload::inline_notification(initial_history(*account))));
  }
}

void phone_receives(Turn& turn, const DeviceAddress& companion, const wire::Node& message) {
  Account* account = turn.state.directory.by_phone_number(companion.phone_number);
  Device* device = turn.state.directory.find_device(companion);
  const wire::Node* encrypted = message.child("enc");
  const auto type = encrypted == nullptr ? std::nullopt : type_of(*encrypted);
  const auto bytes = encrypted == nullptr ? std::nullopt : encrypted->bytes();
  if (account == nullptr || device == nullptr || !type || !bytes) {
    turn.count("phone.unreadable");
    return;
  }
  const auto read = account->phone.read(companion.device, *type, *bytes, turn.context);
  if (!read) {
    turn.count("phone.unreadable");
    return;
  }
  turn.count("phone.peer_message");
  if (!read->protocol_message) return;
  if (const auto* request =
          std::get_if<payload::AppStateSyncKeyRequest>(&*read->protocol_message)) {
    send_from_phone(turn, *account, *device, of_protocol(account->phone.answer(*request)));
  }
}

}  // namespace doublecheck::server
